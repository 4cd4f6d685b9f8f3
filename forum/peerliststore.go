package forum

import "context"

// PeerListStore looks lists of rules about servers up.
type PeerListStore interface {
	// PeerLists lists them with their counts, the oldest first.
	PeerLists(ctx context.Context) ([]PeerList, error)
	PeerList(ctx context.Context, id ID) (*PeerList, error)
	// PeerListEntries lists what a list says, or, with 0, what all do, by host and
	// then by list.
	PeerListEntries(ctx context.Context, list ID) ([]PeerListEntry, error)
}

// PeerListTx changes them.
type PeerListTx interface {
	// SavePeerList adds a list, or stores what changed.
	SavePeerList(ctx context.Context, l *PeerList) error
	// RemovePeerList forgets a list with its entries, and leaves the rules.
	RemovePeerList(ctx context.Context, id ID) error
	// SetPeerListEntries puts entries in the place of all there were.
	SetPeerListEntries(ctx context.Context, list ID, entries []PeerListEntry) error
	// DecidePeerListEntries decides about what a list proposes: these names or,
	// without any, all.
	DecidePeerListEntries(ctx context.Context, list ID, hosts []string, state PeerListState) error
	// RefusePeerListEntries refuses what all lists say about a name.
	RefusePeerListEntries(ctx context.Context, host string) error
	// KeepPeerListRules makes the rules of a list rules made by hand.
	KeepPeerListRules(ctx context.Context, list ID) error
}
