package recording

import "encoding/binary"

// sampleTable says where the samples of a track lie (ISO/IEC 14496-12, 8.6 and
// 8.7): in chunks, of which runs have the same number of samples.
type sampleTable struct {
	units      uint64 // how long it lasts
	runs       []byte // of 12 bytes: first chunk, samples per chunk, coding
	sampleSize uint32 // of all; 0: see sizes
	samples    uint32
	sizes      []byte // of 4 bytes
	offsets    []byte // of chunks
	wide       bool   // offsets have 8 bytes instead of 4
}

// read takes one of the boxes that make up the table.
func (t *sampleTable) read(kind string, content []byte) error {
	if len(content) < 8 {
		return damaged("a table %q of %d bytes", kind, len(content))
	}
	count, rest := binary.BigEndian.Uint32(content[4:]), content[8:]
	entries := func(length int) ([]byte, error) {
		if uint64(len(rest)) < uint64(count)*uint64(length) {
			return nil, damaged("a table %q of %d entries", kind, count)
		}
		return rest[:int(count)*length], nil
	}
	var err error
	switch kind {
	case "stts":
		var durations []byte
		durations, err = entries(8)
		for ; len(durations) > 0; durations = durations[8:] {
			t.units += uint64(binary.BigEndian.Uint32(durations)) * uint64(binary.BigEndian.Uint32(durations[4:]))
			if t.units > 1<<60 {
				return damaged("it lasts %d units", t.units)
			}
		}
	case "stsc":
		t.runs, err = entries(12)
	case "stsz":
		if len(rest) < 4 {
			return damaged("sizes of nothing")
		}
		t.sampleSize = count
		count, rest = binary.BigEndian.Uint32(rest), rest[4:]
		t.samples = count
		if t.sampleSize == 0 {
			t.sizes, err = entries(4)
		}
	case "stco":
		t.offsets, err = entries(4)
	case "co64":
		t.wide = true
		t.offsets, err = entries(8)
	}
	return err
}

// chunks lists the parts of the file that hold the track.
func (t *sampleTable) chunks() ([]span, error) {
	width := 4
	if t.wide {
		width = 8
	}
	n := len(t.offsets) / width
	list := make([]span, 0, n)
	sample, run := uint32(0), t.runs
	for i := range n {
		for len(run) >= 24 && binary.BigEndian.Uint32(run[12:]) <= uint32(i)+1 {
			run = run[12:]
		}
		if len(run) < 12 || binary.BigEndian.Uint32(run) > uint32(i)+1 {
			return nil, damaged("no samples in chunk %d", i)
		}
		inChunk := binary.BigEndian.Uint32(run[4:])
		if inChunk > t.samples-sample {
			return nil, damaged("chunk %d has %d samples", i, inChunk)
		}
		length := t.length(sample, inChunk)
		if length > maxChunk {
			return nil, damaged("chunk %d has %d bytes", i, length)
		}
		sample += inChunk
		from := int64(0)
		if t.wide {
			from = int64(binary.BigEndian.Uint64(t.offsets[i*8:]) & (1<<62 - 1))
		} else {
			from = int64(binary.BigEndian.Uint32(t.offsets[i*4:]))
		}
		list = append(list, span{from, from + int64(length)})
	}
	if sample == 0 || sample != t.samples {
		return nil, damaged("%d of %d samples are in chunks", sample, t.samples)
	}
	return list, nil
}

// maxChunk is far more than a chunk has, in bytes, and little enough to count with.
const maxChunk = 1 << 40

// length is how many bytes some samples have.
func (t *sampleTable) length(first, count uint32) uint64 {
	if t.sampleSize != 0 {
		return uint64(t.sampleSize) * uint64(count)
	}
	length := uint64(0)
	for sizes := t.sizes[int(first)*4:][:int(count)*4]; len(sizes) > 0; sizes = sizes[4:] {
		length += uint64(binary.BigEndian.Uint32(sizes))
	}
	return length
}
