package imaging

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/gif"
	"io"

	"portevoix/forum"
)

// reading makes a decoder take bytes. A decoder that panics on a broken file
// only says that it is broken.
func reading[T any](decode func(io.Reader) (T, error)) func([]byte) (T, error) {
	return func(file []byte) (result T, err error) {
		defer func() {
			if recover() != nil {
				err = errors.New("the decoder gave up")
			}
		}()
		return decode(bytes.NewReader(file))
	}
}

// animated encodes a GIF of several pictures anew, without what else was in the
// file; nil for everything else.
func animated(file []byte) (*forum.DevelopedSize, error) {
	if !bytes.HasPrefix(file, []byte("GIF8")) {
		return nil, nil
	}
	if frames, err := countFrames(file); err != nil || frames < 2 {
		return nil, err
	}
	moving, err := reading(gif.DecodeAll)(file)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := gif.EncodeAll(&out, moving); err != nil {
		return nil, err
	}
	return &forum.DevelopedSize{Body: out.Bytes(), MediaType: "image/gif", Extension: ".gif", Width: moving.Config.Width, Height: moving.Config.Height}, nil
}

// movingWebP says whether a file is an animation in WebP, which the decoder does
// not know: its first chunk has a flag for it (RFC 9649, section 2.7).
func movingWebP(file []byte) bool {
	const flags, animation = 20, 2
	return len(file) > flags && string(file[:4]) == "RIFF" && string(file[8:16]) == "WEBPVP8X" && file[flags]&animation != 0
}

// firstOfWebP makes a file of the first picture of an animation in WebP: of the
// chunks in its first frame (RFC 9649, section 2.7.1.1). It is nil where there is
// none.
func firstOfWebP(file []byte) []byte {
	chunks := file[12:]
	for {
		name, data, rest, ok := webPChunk(chunks)
		if !ok {
			return nil
		}
		if chunks = rest; name != "ANMF" {
			continue
		}
		const head = 16 // where the picture stands, and for how long
		if len(data) < head {
			return nil
		}
		return webPOf(data[head:], data[6:12])
	}
}

// webPOf makes a file of a picture with, perhaps, its transparency; size is that of
// the frame, as it stands there.
func webPOf(chunks, size []byte) []byte {
	var body []byte
	for {
		name, data, rest, ok := webPChunk(chunks)
		if !ok {
			return nil
		}
		whole := chunks[:len(chunks)-len(rest)]
		chunks = rest
		switch name {
		case "ALPH":
			const alpha = 0x10
			body = append(body, "VP8X\n\x00\x00\x00"...)
			body = append(body, alpha, 0, 0, 0)
			body = append(append(body, size...), whole...)
		case "VP8 ", "VP8L":
			if len(data) == 0 {
				return nil
			}
			body = append(body, whole...)
			out := append([]byte("RIFF"), 0, 0, 0, 0)
			binary.LittleEndian.PutUint32(out[4:], uint32(4+len(body)))
			return append(append(out, "WEBP"...), body...)
		}
	}
}

// webPChunk splits the first chunk off a list of them.
func webPChunk(chunks []byte) (name string, data, rest []byte, ok bool) {
	const head = 8
	if len(chunks) < head {
		return "", nil, nil, false
	}
	length := int64(binary.LittleEndian.Uint32(chunks[4:]))
	padded := head + length + length&1
	if padded > int64(len(chunks)) {
		return "", nil, nil, false
	}
	return string(chunks[:4]), chunks[head : head+length], chunks[padded:], true
}

var errBrokenGIF = errors.New("the GIF is broken")

// countFrames counts the pictures of a GIF by stepping from block to block
// (GIF89a, sections 15 to 26), without decoding any.
func countFrames(file []byte) (int, error) {
	if len(file) < 13 {
		return 0, errBrokenGIF
	}
	at, frames := 13+colourTable(file[10]), 0
	for at < len(file) {
		switch file[at] {
		case 0x3b: // the end
			return frames, nil
		case 0x21: // an extension: its label, then data
			at += 2
		case 0x2c: // a picture: where and how large, its colours, then data
			if at+10 > len(file) {
				return 0, errBrokenGIF
			}
			frames++
			at += 10 + colourTable(file[at+9]) + 1
		default:
			return 0, errBrokenGIF
		}
		for { // data in blocks of up to 255 bytes; an empty one ends it
			if at >= len(file) {
				return 0, errBrokenGIF
			}
			length := int(file[at])
			if at += 1 + length; length == 0 {
				break
			}
		}
	}
	return frames, nil // some programs leave the end out
}

// colourTable is how many bytes the table takes that the flags announce.
func colourTable(flags byte) int {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}
