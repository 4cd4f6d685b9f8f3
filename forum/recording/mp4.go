package recording

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// isMP4 recognises the ISO base media file format (ISO/IEC 14496-12), of which
// QuickTime's is the ancestor, but for the pictures that are kept in it.
func isMP4(head []byte) bool {
	switch string(head[8:12]) {
	case "avif", "avis", "heic", "heix", "heim", "heis", "hevc", "mif1", "msf1":
		return false
	}
	return string(head[4:8]) == "ftyp"
}

const (
	maxMovie    = 8 << 20 // bytes of the box that describes the tracks; an hour takes about one million
	maxBoxes    = 10_000
	maxMP4Depth = 8
)

// box is a part of a file: its length, its kind, and what is in it.
type box struct {
	kind   string
	at     int64 // in the file
	header int64 // bytes
	size   int64 // with the header
}

func (b box) content() span { return span{b.at + b.header, b.at + b.size} }

// span is a part of a file, its end excluded.
type span struct{ from, to int64 }

// mp4 is a file that is being read.
type mp4 struct {
	f      *file
	movie  []byte // the moov box
	at     int64  // where it lies
	boxes  int
	data   []span // what may hold pictures and sounds
	kept   []span // what does
	tracks []track
}

// track is a film or a sound of its own.
type track struct {
	handler       string // "vide" or "soun"
	coding        string
	width, height int
	rate          uint64 // units of time in a second
	samples       sampleTable
}

func readMP4(f *file) (facts, error) {
	m := &mp4{f: f}
	for at := int64(0); at < f.size; {
		b, err := m.next(at)
		if err != nil {
			return facts{}, err
		}
		if err := m.outermost(b); err != nil {
			return facts{}, err
		}
		at += b.size
	}
	if m.movie == nil {
		return facts{}, damaged("it describes no track")
	}
	if err := m.readMovie(); err != nil {
		return facts{}, err
	}
	if err := m.blankRest(); err != nil {
		return facts{}, err
	}
	return m.facts()
}

// next reads the header of the box at an offset of the file.
func (m *mp4) next(at int64) (box, error) {
	head, err := m.f.read(at, int(min(16, m.f.size-at)))
	if err != nil {
		return box{}, err
	}
	return m.header(head, at, m.f.size)
}

// header reads the header of a box that ends at the latest where told.
func (m *mp4) header(head []byte, at, end int64) (box, error) {
	if m.boxes++; m.boxes > maxBoxes || len(head) < 8 {
		return box{}, damaged("no box at %d", at)
	}
	b := box{kind: string(head[4:8]), at: at, header: 8, size: int64(binary.BigEndian.Uint32(head))}
	switch {
	case b.size == 0:
		b.size = end - at
	case b.size == 1 && len(head) >= 16:
		b.header, b.size = 16, int64(binary.BigEndian.Uint64(head[8:])&(1<<62-1))
	}
	if b.size < b.header || b.size > end-at {
		return box{}, damaged("the box %q at %d has %d bytes", b.kind, at, b.size)
	}
	return b, nil
}

// outermost takes a box of the file itself.
func (m *mp4) outermost(b box) error {
	var err error
	switch b.kind {
	case "ftyp":
	case "mdat":
		m.data = append(m.data, b.content())
	case "moov":
		if m.movie != nil || b.size > maxMovie {
			return damaged("tracks are described by %d bytes", b.size)
		}
		m.at = b.at
		m.movie, err = m.f.whole(b.at, int(b.size))
	case "moof":
		return &codingError{"moof"} // in fragments, whose length nothing tells
	default:
		err = m.free(b)
	}
	return err
}

// free makes a box one that every program skips.
func (m *mp4) free(b box) error {
	if err := m.f.replace(b.at+4, 4, []byte("free")); err != nil {
		return err
	}
	return m.f.blank(b.at+b.header, b.size-b.header)
}

// inside visits the boxes within a part of the moov box.
func (m *mp4) inside(s span, depth int, visit func(b box, content []byte) error) error {
	if depth > maxMP4Depth {
		return damaged("boxes in boxes in boxes")
	}
	for at := s.from; at < s.to; {
		if s.to-at < 8 { // QuickTime ends some lists with a zero
			return m.f.blank(at, s.to-at)
		}
		b, err := m.header(m.movie[at-m.at:s.to-m.at], at, s.to)
		if err != nil {
			return err
		}
		if err := visit(b, m.movie[b.at+b.header-m.at:b.at+b.size-m.at]); err != nil {
			return err
		}
		at += b.size
	}
	return nil
}

func (m *mp4) readMovie() error {
	b, err := m.header(m.movie, m.at, m.at+int64(len(m.movie)))
	if err != nil {
		return err
	}
	return m.inside(b.content(), 1, func(b box, content []byte) error {
		switch b.kind {
		case "mvhd":
			return m.forgetTimes(b, content)
		case "trak":
			return m.readTrack(b)
		case "mvex":
			return &codingError{"moof"}
		}
		return m.free(b) // udta and meta among them: names, places, covers
	})
}

// forgetTimes blanks when something was made and changed.
func (m *mp4) forgetTimes(b box, content []byte) error {
	length := int64(8)
	if len(content) > 0 && content[0] == 1 {
		length = 16
	}
	return m.f.blank(b.at+b.header+4, length)
}

// readTrack reads a track, and leaves out one that is neither film nor sound,
// such as positions and subtitles.
func (m *mp4) readTrack(b box) error {
	t := track{}
	edits := len(m.f.edits)
	if err := m.readTrackPart(b, 2, &t); err != nil {
		return err
	}
	if t.handler != "vide" && t.handler != "soun" {
		m.f.edits = m.f.edits[:edits]
		return m.free(b)
	}
	if t.handler == "vide" && t.coding != "avc1" && t.coding != "avc3" || t.handler == "soun" && t.coding != "mp4a" {
		return &codingError{t.coding}
	}
	chunks, err := t.samples.chunks()
	if err != nil {
		return err
	}
	m.kept, m.tracks = append(m.kept, chunks...), append(m.tracks, t)
	return nil
}

// readTrackPart reads what a box of a track holds, and blanks what a player does
// not need.
func (m *mp4) readTrackPart(parent box, depth int, t *track) error {
	return m.inside(parent.content(), depth, func(b box, content []byte) error {
		switch b.kind {
		case "mdia", "minf", "stbl":
			return m.readTrackPart(b, depth+1, t)
		case "tkhd":
			t.readSize(content)
			return m.forgetTimes(b, content)
		case "mdhd":
			t.readRate(content)
			return m.forgetTimes(b, content)
		case "hdlr":
			if len(content) < 24 {
				return damaged("no handler at %d", b.at)
			}
			if parent.kind == "mdia" {
				t.handler = string(content[8:12])
			}
			return m.f.blank(b.at+b.header+24, int64(len(content))-24) // what it is called
		case "stsd":
			return m.readCoding(b, content, t)
		case "stts", "stsc", "stsz", "stco", "co64":
			return t.samples.read(b.kind, content)
		case "edts", "elng", "vmhd", "smhd", "dinf", "ctts", "cslg", "stss", "stps", "sdtp", "sbgp", "sgpd":
			return nil
		}
		return m.free(b)
	})
}

// readSize reads how large a film is shown: phones film lying and say that the
// picture is to be turned.
func (t *track) readSize(header []byte) {
	const matrix, size = 36, 8
	if len(header) < 4+20+16+matrix+size {
		return
	}
	end := header[len(header)-matrix-size:]
	t.width, t.height = int(binary.BigEndian.Uint16(end[matrix:])), int(binary.BigEndian.Uint16(end[matrix+4:]))
	if across, down := binary.BigEndian.Uint32(end), binary.BigEndian.Uint32(end[4:]); across == 0 && down != 0 {
		t.width, t.height = t.height, t.width
	}
}

func (t *track) readRate(header []byte) {
	at := 12
	if len(header) > 0 && header[0] == 1 {
		at = 20
	}
	if len(header) >= at+4 {
		t.rate = uint64(binary.BigEndian.Uint32(header[at:]))
	}
}

// readCoding reads how a track is coded, and blanks the name of the program that
// did it.
func (m *mp4) readCoding(b box, content []byte, t *track) error {
	const inEntry, nameLength = 50, 32
	if len(content) < 16 || binary.BigEndian.Uint32(content[4:]) != 1 {
		return damaged("codings at %d", b.at)
	}
	t.coding = string(content[12:16])
	if t.handler != "vide" || len(content) < 8+inEntry+nameLength {
		return nil
	}
	return m.f.blank(b.at+b.header+8+inEntry, nameLength)
}

// blankRest blanks what lies between the pictures and sounds: tracks that were
// left out, and whatever no track knows of.
func (m *mp4) blankRest() error {
	slices.SortFunc(m.kept, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	kept := m.kept
	for _, data := range m.data {
		at := data.from
		for len(kept) > 0 && kept[0].from < data.to {
			s := kept[0]
			if s.from < data.from || s.to > data.to {
				return damaged("a chunk from %d to %d", s.from, s.to)
			}
			if s.from > at {
				if err := m.f.blank(at, s.from-at); err != nil {
					return err
				}
			}
			at, kept = max(at, s.to), kept[1:]
		}
		if err := m.f.blank(at, data.to-at); err != nil {
			return err
		}
	}
	if len(kept) > 0 {
		return damaged("a chunk at %d", kept[0].from)
	}
	return nil
}

func (m *mp4) facts() (facts, error) {
	found := facts{mediaType: "audio/mp4", extension: ".m4a"}
	for _, t := range m.tracks {
		found.duration = max(found.duration, seconds(t.samples.units, t.rate))
		if t.handler != "vide" {
			continue
		}
		if found.width != 0 || t.width == 0 || t.height == 0 {
			return facts{}, damaged("a film of %d by %d", t.width, t.height)
		}
		found.mediaType, found.extension, found.width, found.height = "video/mp4", ".mp4", t.width, t.height
	}
	return found, nil
}
