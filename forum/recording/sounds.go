package recording

import (
	"bytes"
	"encoding/binary"
	"time"
)

// readWAV reads sound that is not compressed, in chunks (RIFF).
func readWAV(f *file) (facts, error) {
	const maxChunks, form = 1000, 12
	var (
		byteRate uint64
		sound    span
		kept     = int64(4) // what the header counts: "WAVE" and the chunks
	)
	at := int64(form)
	for n := 0; at <= f.size-8; n++ {
		head, err := f.read(at, 8)
		if err != nil {
			return facts{}, err
		}
		kind, size := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		whole := min(8+size+size&1, f.size-at) // some programs leave the last byte out
		if whole < 8+size || n > maxChunks {
			return facts{}, damaged("the chunk %q at %d has %d bytes", kind, at, size)
		}
		switch kind {
		case "fmt ":
			if byteRate, err = readWAVFormat(f, at+8, size); err != nil {
				return facts{}, err
			}
			kept += whole
		case "data":
			sound = span{at + 8, at + 8 + size}
			kept += whole
		default: // LIST, bext, iXML, id3: names and places
			err = f.drop(at, whole)
		}
		if err != nil {
			return facts{}, err
		}
		at += whole
	}
	if byteRate == 0 || sound.to == sound.from {
		return facts{}, damaged("%d bytes of sound", sound.to-sound.from)
	}
	if err := f.drop(at, f.size-at); err != nil {
		return facts{}, err
	}
	if err := f.replace(4, 4, binary.LittleEndian.AppendUint32(nil, uint32(kept))); err != nil {
		return facts{}, err
	}
	return facts{mediaType: "audio/wav", extension: ".wav", duration: seconds(uint64(sound.to-sound.from), byteRate)}, nil
}

// readWAVFormat returns how many bytes a second takes.
func readWAVFormat(f *file, at, size int64) (uint64, error) {
	if size < 16 || size > 100 {
		return 0, damaged("a format of %d bytes", size)
	}
	b, err := f.read(at, int(size))
	if err != nil {
		return 0, err
	}
	coding, channels, rate, byteRate := binary.LittleEndian.Uint16(b), uint64(binary.LittleEndian.Uint16(b[2:])), uint64(binary.LittleEndian.Uint32(b[4:])), uint64(binary.LittleEndian.Uint32(b[8:]))
	const whole, floating, extensible = 1, 3, 0xFFFE
	if coding != whole && coding != floating && coding != extensible {
		return 0, &codingError{"WAV"}
	}
	bits := uint64(binary.LittleEndian.Uint16(b[14:]))
	if byteRate == 0 || channels == 0 || byteRate != rate*channels*((bits+7)/8) {
		return 0, damaged("%d bytes a second for %d channels of %d bits at %d Hz", byteRate, channels, bits, rate)
	}
	return byteRate, nil
}

// readFLAC reads sound that is compressed without loss (RFC 9639).
func readFLAC(f *file) (facts, error) {
	const begins, streamInfo, seekTable, last, maxBlocks = 4, 0, 3, 0x80, 1000
	type header struct {
		at   int64
		kind byte
	}
	var (
		duration time.Duration
		kept     []header
	)
	at := int64(begins)
	for n, more := 0, true; more; n++ {
		head, err := f.read(at, 4)
		if err != nil {
			return facts{}, err
		}
		kind, size := head[0]&^last, int64(head[1])<<16|int64(head[2])<<8|int64(head[3])
		more = head[0]&last == 0
		if size > f.size-at-4 || n > maxBlocks || (n == 0) != (kind == streamInfo) {
			return facts{}, damaged("the block %d at %d has %d bytes", kind, at, size)
		}
		switch kind {
		case streamInfo:
			duration, err = readStreamInfo(f, at+4, size)
			kept = append(kept, header{at, kind})
		case seekTable:
			kept = append(kept, header{at, kind})
		default: // comments, covers, applications
			err = f.drop(at, 4+size)
		}
		if err != nil {
			return facts{}, err
		}
		at += 4 + size
	}
	for i, h := range kept { // another block may have become the last one
		if i == len(kept)-1 {
			h.kind |= last
		}
		if err := f.replace(h.at, 1, []byte{h.kind}); err != nil {
			return facts{}, err
		}
	}
	frame, err := f.read(at, 2)
	if err != nil {
		return facts{}, err
	}
	if frame[0] != 0xff || frame[1]&0xfe != 0xf8 {
		return facts{}, damaged("no frame at %d", at)
	}
	return facts{mediaType: "audio/flac", extension: ".flac", duration: duration}, nil
}

func readStreamInfo(f *file, at, size int64) (time.Duration, error) {
	if size != 34 {
		return 0, damaged("facts of %d bytes", size)
	}
	b, err := f.read(at+10, 8)
	if err != nil {
		return 0, err
	}
	packed := binary.BigEndian.Uint64(b) // 20 bits rate, 3 channels, 5 bits per sample, 36 samples
	return seconds(packed&(1<<36-1), packed>>44), nil
}

// isMP3 recognises a tag that stands before MP3, or its first frame.
func isMP3(head []byte) bool {
	_, ok := readFrame(head)
	return ok || bytes.HasPrefix(head, []byte("ID3"))
}

// frame is a piece of MP3 (ISO/IEC 11172-3, 2.4.1.3; 13818-3).
type frame struct{ size, samples, rate int }

// In kilobits a second, and in hertz, of MPEG 1; what lower rates have instead.
var (
	mp3Rates     = [16]int{0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0}
	mp3LowRates  = [16]int{0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0}
	mp3Frequency = [4]int{44100, 48000, 32000, 0}
)

// readFrame reads the header of a frame of layer III.
func readFrame(b []byte) (frame, bool) {
	const mpeg25, reserved, mpeg1, layer3 = 0, 1, 3, 1
	if len(b) < 4 || b[0] != 0xff || b[1]&0xe0 != 0xe0 {
		return frame{}, false
	}
	version, layer, padding := b[1]>>3&3, b[1]>>1&3, int(b[2]>>1&1)
	x := frame{samples: 1152, rate: mp3Frequency[b[2]>>2&3]}
	kilobits := mp3Rates[b[2]>>4]
	if version != mpeg1 {
		x.samples, kilobits = 576, mp3LowRates[b[2]>>4]
		x.rate /= 2
	}
	if version == mpeg25 {
		x.rate /= 2
	}
	if layer != layer3 || version == reserved || x.rate == 0 || kilobits == 0 {
		return frame{}, false
	}
	x.size = x.samples/8*kilobits*1000/x.rate + padding
	return x, true
}

// minFrames is how many pieces MP3 has at least, to tell it from other files
// that happen to begin like it.
const minFrames = 4

// readMP3 keeps the frames, and nothing before and after them.
func readMP3(f *file) (facts, error) {
	from, err := skipID3(f)
	if err != nil {
		return facts{}, err
	}
	if head, err := f.read(from, int(min(4, f.size-from))); err == nil && string(head) == "fLaC" {
		return facts{}, damaged("FLAC behind a tag of MP3")
	}
	at, frames, duration := from, 0, time.Duration(0)
	for at <= f.size-4 {
		head, err := f.read(at, 4)
		if err != nil {
			return facts{}, err
		}
		x, ok := readFrame(head)
		if !ok || int64(x.size) > f.size-at {
			break
		}
		frames, at = frames+1, at+int64(x.size)
		duration += seconds(uint64(x.samples), uint64(x.rate))
	}
	// What follows are tags, or a frame that was cut off.
	const maxTail = 128 << 10
	if frames < minFrames || f.size-at > max((at-from)/4, maxTail) {
		return facts{}, damaged("%d frames until %d of %d", frames, at, f.size)
	}
	if err := f.drop(at, f.size-at); err != nil {
		return facts{}, err
	}
	return facts{mediaType: "audio/mpeg", extension: ".mp3", duration: duration}, f.drop(0, from)
}

// skipID3 returns where the tags before MP3 end (id3.org, ID3v2).
func skipID3(f *file) (int64, error) {
	at := int64(0)
	for range 4 {
		head, err := f.read(at, 10)
		if err != nil {
			return 0, err
		}
		if !bytes.HasPrefix(head, []byte("ID3")) {
			break
		}
		at += 10 + int64(head[6]&0x7f)<<21 + int64(head[7]&0x7f)<<14 + int64(head[8]&0x7f)<<7 + int64(head[9]&0x7f)
		if head[5]&0x10 != 0 { // a footer
			at += 10
		}
	}
	return at, nil
}
