package delivery

import (
	"sync"
	"time"
)

// patience is how long a peer may take to answer before its place is given to
// another: many that are slow, or hang, must not hold up those that are not.
const patience = 500 * time.Millisecond

// asidePerPlace is how many peers may be waited for aside, for each place.
const asidePerPlace = 8

// place is one of the places for peers that are delivered to at once. A peer that
// takes long steps aside; while there is room for it there, the place is free.
type place struct {
	d     *Deliverer
	mu    sync.Mutex
	left  bool
	aside bool
}

// take takes a place; one must be free, or come to be.
func (d *Deliverer) take() *place {
	d.active <- struct{}{}
	return &place{d: d}
}

// watching steps aside when what begins now takes long, unless it is ended before.
func (p *place) watching() (end func()) {
	timer := time.AfterFunc(patience, p.stepAside)
	return func() { timer.Stop() }
}

func (p *place) stepAside() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left || p.aside {
		return
	}
	select {
	case p.d.aside <- struct{}{}:
		p.aside = true
		<-p.d.active
		p.d.Wake()
	default: // too many are waited for already
	}
}

// leave ends it.
func (p *place) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left {
		return
	}
	p.left = true
	if p.aside {
		<-p.d.aside
	} else {
		<-p.d.active
	}
	p.d.Wake() // a place is free, and more may have come meanwhile
}
