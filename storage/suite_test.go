package storage_test

import (
	"testing"

	"portevoix/forum/forumtest"
	"portevoix/storage"
	"portevoix/storage/storagetest"
)

// drivers are the databases that every test of this package runs on.
var drivers = []storage.Driver{storage.SQLite, storage.Postgres}

func TestMain(m *testing.M) { storagetest.Main(m) }

func TestSuite(t *testing.T) {
	for _, driver := range drivers {
		t.Run(string(driver), func(t *testing.T) {
			forumtest.Run(t, func(t *testing.T) forumtest.Store { return storagetest.Open(t, driver) })
		})
	}
}
