package recording

import (
	"bytes"
	"encoding/binary"
)

// oggPage is a page of Ogg (RFC 3533): a header, the lengths of segments, and
// these.
type oggPage struct {
	at       int64
	flags    byte
	position uint64 // what has been played at its end
	stream   uint32
	lengths  []byte
	header   int64
	size     int64 // with the header
}

const (
	pageHead    = 27
	pageGoesOn  = 1 // flags: it begins within a packet
	pageBegins  = 2 // flags: it is the first of its stream
	maxPages    = 1 << 20
	maxComments = 4 << 20 // bytes
	noPosition  = 1<<64 - 1
)

// ogg is a file that is being read. It holds one stream of sound, in Opus (RFC
// 7845) or Vorbis, whose second packet are comments.
type ogg struct {
	f        *file
	stream   uint32
	comments string // how the packet of comments begins
	closing  []byte // and how it ends
	rate     uint64
	skip     uint64 // what is played before the beginning
	position uint64
	packet   int    // the one that is being read
	found    []span // where the comments lie
	pages    []oggPage
}

func readOgg(f *file) (facts, error) {
	o := &ogg{f: f}
	for at, n := int64(0), 0; at < f.size; n++ {
		p, err := o.page(at)
		if err == nil && n > maxPages {
			err = damaged("more than %d pages", maxPages)
		}
		if err == nil {
			err = o.take(p, n == 0)
		}
		if err != nil {
			return facts{}, err
		}
		at += p.size
	}
	if o.packet < 2 || o.position <= o.skip {
		return facts{}, damaged("%d packets until %d", o.packet, o.position)
	}
	if err := o.empty(); err != nil {
		return facts{}, err
	}
	return facts{mediaType: "audio/ogg", extension: ".ogg", duration: seconds(o.position-o.skip, o.rate)}, nil
}

func (o *ogg) page(at int64) (oggPage, error) {
	head, err := o.f.read(at, int(min(pageHead+255, o.f.size-at)))
	if err != nil {
		return oggPage{}, err
	}
	if len(head) < pageHead || !bytes.HasPrefix(head, []byte("OggS\x00")) || len(head) < pageHead+int(head[26]) {
		return oggPage{}, damaged("no page at %d", at)
	}
	p := oggPage{
		at: at, flags: head[5], position: binary.LittleEndian.Uint64(head[6:]), stream: binary.LittleEndian.Uint32(head[14:]),
		lengths: bytes.Clone(head[pageHead:][:head[26]]), header: pageHead + int64(head[26]),
	}
	p.size = p.header
	for _, n := range p.lengths {
		p.size += int64(n)
	}
	if p.size > o.f.size-at {
		return oggPage{}, damaged("the page at %d has %d bytes", at, p.size)
	}
	return p, nil
}

// take reads a page as the next one.
func (o *ogg) take(p oggPage, first bool) error {
	if first {
		o.stream = p.stream
		if err := o.readHead(p); err != nil {
			return err
		}
	}
	if p.stream != o.stream || p.flags&pageBegins != 0 != first {
		return damaged("several streams") // a film in Theora, or songs in a row
	}
	if p.position != noPosition {
		o.position = p.position
	}
	if o.packet > 1 {
		return nil
	}
	at, begins := p.at+p.header, len(o.found)
	for _, n := range p.lengths {
		if o.packet == 1 && n > 0 {
			o.found = append(o.found, span{at, at + int64(n)})
		}
		at += int64(n)
		if n < 255 { // the packet ends
			o.packet++
		}
	}
	if len(o.found) > begins {
		o.pages = append(o.pages, p)
	}
	return nil
}

// readHead reads the first packet: how the sound is coded.
func (o *ogg) readHead(p oggPage) error {
	head, err := o.f.read(p.at+p.header, int(p.size-p.header))
	if err != nil {
		return err
	}
	switch {
	case bytes.HasPrefix(head, []byte("OpusHead")) && len(head) >= 19:
		o.comments, o.rate, o.skip = "OpusTags", 48_000, uint64(binary.LittleEndian.Uint16(head[10:]))
	case bytes.HasPrefix(head, []byte("\x01vorbis")) && len(head) >= 30:
		o.comments, o.closing, o.rate = "\x03vorbis", []byte{1}, uint64(binary.LittleEndian.Uint32(head[12:]))
	default:
		return &codingError{string(head[:min(8, len(head))])}
	}
	return nil
}

// empty writes comments of the same length that say nothing: the name of the
// program is as many spaces.
func (o *ogg) empty() error {
	total := int64(0)
	for _, s := range o.found {
		total += s.to - s.from
	}
	spaces := total - int64(len(o.comments)+4+4+len(o.closing))
	if spaces < 0 || total > maxComments {
		return damaged("comments of %d bytes", total)
	}
	begin, err := o.f.read(o.found[0].from, int(min(int64(len(o.comments)), o.found[0].to-o.found[0].from)))
	if err != nil {
		return err
	}
	if string(begin) != o.comments {
		return damaged("comments that begin with %q", begin)
	}
	words := binary.LittleEndian.AppendUint32([]byte(o.comments), uint32(spaces))
	words = append(words, bytes.Repeat([]byte(" "), int(spaces))...)
	words = append(append(words, 0, 0, 0, 0), o.closing...)
	for _, p := range o.pages {
		page, err := o.f.whole(p.at, int(p.size))
		if err != nil {
			return err
		}
		for len(o.found) > 0 && o.found[0].to <= p.at+p.size {
			s := o.found[0]
			words = words[copy(page[s.from-p.at:s.to-p.at], words):]
			o.found = o.found[1:]
		}
		clear(page[22:26])
		binary.LittleEndian.PutUint32(page[22:], oggChecksum(page))
		if err := o.f.replace(p.at, p.size, page); err != nil {
			return err
		}
	}
	return nil
}

var oggTable = func() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&(1<<31) != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	return table
}()

// oggChecksum is the CRC of a page, whose own place for it holds zeros. It is the
// usual polynomial in the order that hash/crc32 does not have.
func oggChecksum(page []byte) uint32 {
	sum := uint32(0)
	for _, b := range page {
		sum = sum<<8 ^ oggTable[byte(sum>>24)^b]
	}
	return sum
}
