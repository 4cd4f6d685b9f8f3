package recording

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// Elements of WebM, a part of Matroska (RFC 9559), by their ids.
const (
	ebmlHeader  = 0x1A45DFA3
	docType     = 0x4282
	segment     = 0x18538067
	seekHead    = 0x114D9B74
	info        = 0x1549A966
	scale       = 0x2AD7B1
	length      = 0x4489
	muxer       = 0x4D80
	writer      = 0x5741
	trackList   = 0x1654AE6B
	trackEntry  = 0xAE
	trackType   = 0x83
	trackName   = 0x536E
	codecName   = 0x258688
	codecID     = 0x86
	videoFacts  = 0xE0
	pixelWidth  = 0xB0
	pixelHeight = 0xBA
	cluster     = 0x1F43B675
	clusterTime = 0xE7
	simpleBlock = 0xA3
	blockGroup  = 0xA0
	block       = 0xA1
	cues        = 0x1C53BB6B
	void        = 0xEC
	checksum    = 0xBF
)

// inCluster are the elements of a cluster that a player needs, and all by which
// one whose size nobody tells may go on.
var inCluster = []uint32{clusterTime, simpleBlock, blockGroup, 0xA7, 0xAB, void, checksum}

// element is a part of a file.
type element struct {
	id      uint32
	at      int64
	content span
	open    bool // its size is unknown: it ends where something begins that cannot be in it
}

const (
	maxElements = 1 << 20
	maxTracks   = 8
	defaultUnit = time.Millisecond
)

// webM is a file that is being read.
type webM struct {
	f             *file
	elements      int
	unit          time.Duration // of times
	declared      float64       // how long it says it is, in units
	cluster       int64         // when the present cluster begins, in units
	last          int64         // when the last block begins, in units
	blocks        int
	tracks        int
	film          bool
	width, height int
}

func readWebM(f *file) (facts, error) {
	w := &webM{f: f, unit: defaultUnit}
	head, err := w.next(0, f.size)
	if err != nil {
		return facts{}, err
	}
	if err := w.readHeader(head); err != nil {
		return facts{}, err
	}
	body, err := w.next(head.content.to, f.size)
	if err != nil {
		return facts{}, err
	}
	if body.id != segment {
		return facts{}, damaged("it begins with %x", body.id)
	}
	if body.content.to < f.size {
		if err := f.drop(body.content.to, f.size-body.content.to); err != nil {
			return facts{}, err
		}
	}
	if err := w.readSegment(body.content); err != nil {
		return facts{}, err
	}
	if w.blocks == 0 || w.tracks == 0 || w.film && (w.width == 0 || w.height == 0) {
		return facts{}, damaged("%d tracks of %d blocks, %d by %d", w.tracks, w.blocks, w.width, w.height)
	}
	found := facts{mediaType: "audio/webm", extension: ".weba", width: w.width, height: w.height, duration: w.duration()}
	if w.film {
		found.mediaType, found.extension = "video/webm", ".webm"
	}
	return found, nil
}

// duration is what the file says, or what its blocks say, if that is more.
// Browsers that record do not know at the beginning how long it will be.
func (w *webM) duration() time.Duration {
	units := max(w.declared, float64(w.last+1))
	if units*float64(w.unit) > float64(maxDuration) {
		return maxDuration + 1
	}
	return time.Duration(units * float64(w.unit))
}

// next reads the header of the element at an offset, which is in one that ends
// where told.
func (w *webM) next(at, end int64) (element, error) {
	if w.elements++; w.elements > maxElements {
		return element{}, damaged("more than %d elements", maxElements)
	}
	head, err := w.f.read(at, int(min(12, w.f.size-at)))
	if err != nil {
		return element{}, err
	}
	idLength := bits.LeadingZeros8(first(head)) + 1
	if idLength > 4 || len(head) <= idLength {
		return element{}, damaged("no element at %d", at)
	}
	e := element{at: at}
	for _, b := range head[:idLength] {
		e.id = e.id<<8 | uint32(b)
	}
	size, sizeLength, known := variable(head[idLength:])
	if sizeLength == 0 {
		return element{}, damaged("no size at %d", at)
	}
	from := at + int64(idLength+sizeLength)
	e.content, e.open = span{from, end}, !known
	if known {
		if size > uint64(end-from) {
			return element{}, damaged("the element %x at %d has %d bytes", e.id, at, size)
		}
		e.content.to = from + int64(size)
	}
	return e, nil
}

func first(b []byte) byte {
	if len(b) == 0 {
		return 0
	}
	return b[0]
}

// variable reads a number of one to eight bytes, whose first one tells how many
// (RFC 8794, section 4). All ones are no number: the size is not known.
func variable(b []byte) (n uint64, length int, known bool) {
	length = bits.LeadingZeros8(first(b)) + 1
	if length > 8 || len(b) < length {
		return 0, 0, false
	}
	n = uint64(b[0]) & (1<<(8-length) - 1)
	for _, c := range b[1:length] {
		n = n<<8 | uint64(c)
	}
	return n, length, n != 1<<(7*length)-1
}

// inside visits the elements within a part of the file. One of unknown size is
// as long as its visitor says.
func (w *webM) inside(s span, visit func(e element) (end int64, err error)) error {
	for at := s.from; at < s.to; {
		e, err := w.next(at, s.to)
		if err == nil {
			at, err = visit(e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *webM) readHeader(head element) error {
	if head.id != ebmlHeader || head.open {
		return damaged("it has no header")
	}
	kind := ""
	err := w.inside(head.content, func(e element) (int64, error) {
		var err error
		if e.id == docType {
			kind, err = w.text(e)
		}
		return e.content.to, err
	})
	if err == nil && kind != "webm" {
		err = &codingError{kind}
	}
	return err
}

func (w *webM) readSegment(s span) error {
	return w.inside(s, func(e element) (int64, error) {
		if e.open && e.id != cluster {
			return 0, damaged("the element %x has no size", e.id)
		}
		switch e.id {
		case cluster:
			return w.readCluster(e)
		case info:
			return e.content.to, w.inside(e.content, w.readInfo)
		case trackList:
			return e.content.to, w.inside(e.content, w.readTrack)
		case seekHead, cues:
			return e.content.to, nil
		}
		return e.content.to, w.void(e) // tags, attachments, chapters
	})
}

// void makes an element one that every program skips.
func (w *webM) void(e element) error {
	whole := e.content.to - e.at
	head := []byte{void, 0x80 | byte(whole-2)}
	if whole > 128 {
		head = binary.BigEndian.AppendUint64([]byte{void}, uint64(whole-9))
		head[1] = 1
	}
	if err := w.f.replace(e.at, int64(len(head)), head); err != nil {
		return err
	}
	return w.f.blank(e.at+int64(len(head)), whole-int64(len(head)))
}

// readInfo keeps what a player needs; the names of programs, which must be there,
// become empty.
func (w *webM) readInfo(e element) (int64, error) {
	var err error
	switch e.id {
	case scale:
		var nanoseconds uint64
		if nanoseconds, err = w.number(e); err == nil && (nanoseconds == 0 || nanoseconds > uint64(time.Second)) {
			err = damaged("a unit of %d ns", nanoseconds)
		}
		w.unit = time.Duration(nanoseconds)
	case length:
		w.declared, err = w.float(e)
	case muxer, writer:
		err = w.f.blank(e.content.from, e.content.to-e.content.from)
	default:
		err = w.void(e)
	}
	return e.content.to, err
}

// readTrack reads an entry of the list of tracks.
func (w *webM) readTrack(e element) (int64, error) {
	if e.id != trackEntry {
		return e.content.to, w.void(e)
	}
	if w.tracks++; w.tracks > maxTracks {
		return 0, damaged("more than %d tracks", maxTracks)
	}
	kind, coding := uint64(0), ""
	err := w.inside(e.content, func(e element) (int64, error) {
		var err error
		switch e.id {
		case trackType:
			kind, err = w.number(e)
		case codecID:
			coding, err = w.text(e)
		case videoFacts:
			err = w.inside(e.content, w.readVideo)
		case trackName, codecName, checksum:
			err = w.void(e)
		}
		return e.content.to, err
	})
	if err != nil {
		return 0, err
	}
	const isFilm, isSound = 1, 2
	switch {
	case kind == isFilm && slices.Contains([]string{"V_VP8", "V_VP9", "V_AV1"}, coding):
		w.film = true
	case kind == isSound && slices.Contains([]string{"A_OPUS", "A_VORBIS"}, coding):
	default:
		return 0, &codingError{coding}
	}
	return e.content.to, nil
}

func (w *webM) readVideo(e element) (int64, error) {
	var err error
	var n uint64
	switch e.id {
	case pixelWidth:
		n, err = w.number(e)
		w.width = int(min(n, maxSide+1))
	case pixelHeight:
		n, err = w.number(e)
		w.height = int(min(n, maxSide+1))
	}
	return e.content.to, err
}

// readCluster reads when the blocks of a cluster begin.
func (w *webM) readCluster(c element) (int64, error) {
	at := c.content.from
	for at < c.content.to {
		e, err := w.next(at, c.content.to)
		if err != nil {
			return 0, err
		}
		switch {
		case c.open && !slices.Contains(inCluster, e.id):
			return at, nil
		case e.open:
			return 0, damaged("the element %x has no size", e.id)
		case e.id == clusterTime:
			var n uint64
			n, err = w.number(e)
			w.cluster = int64(min(n, math.MaxInt32))
		case e.id == simpleBlock:
			err = w.readBlock(e)
		case e.id == blockGroup:
			err = w.inside(e.content, func(e element) (int64, error) {
				var err error
				if e.id == block {
					err = w.readBlock(e)
				}
				return e.content.to, err
			})
		case !slices.Contains(inCluster, e.id):
			err = w.void(e)
		}
		if err != nil {
			return 0, err
		}
		at = e.content.to
	}
	return at, nil
}

// readBlock reads when a block begins, after its track and relative to its
// cluster.
func (w *webM) readBlock(e element) error {
	head, err := w.f.read(e.content.from, int(min(10, e.content.to-e.content.from)))
	if err != nil {
		return err
	}
	_, track, _ := variable(head)
	if track == 0 || len(head) < track+2 {
		return damaged("no block at %d", e.at)
	}
	w.blocks++
	w.last = max(w.last, w.cluster+int64(int16(binary.BigEndian.Uint16(head[track:]))))
	return nil
}

// maxText is how long a name may be, in bytes.
const maxText = 100

func (w *webM) text(e element) (string, error) {
	n := e.content.to - e.content.from
	if n > maxText {
		return "", damaged("a name of %d bytes", n)
	}
	b, err := w.f.read(e.content.from, int(n))
	return strings.TrimRight(string(b), "\x00"), err
}

func (w *webM) number(e element) (uint64, error) {
	n := e.content.to - e.content.from
	if n > 8 {
		return 0, damaged("a number of %d bytes", n)
	}
	b, err := w.f.read(e.content.from, int(n))
	value := uint64(0)
	for _, c := range b {
		value = value<<8 | uint64(c)
	}
	return value, err
}

func (w *webM) float(e element) (float64, error) {
	n, err := w.number(e)
	value := 0.0
	switch e.content.to - e.content.from {
	case 4:
		value = float64(math.Float32frombits(uint32(n)))
	case 8:
		value = math.Float64frombits(n)
	}
	if !(value >= 0 && value < 1<<53) { // also when it is no number
		return 0, damaged("a length of %g", value)
	}
	return value, err
}
