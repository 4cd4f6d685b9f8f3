package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// floors are what this machine can do at most of what the server cannot do
// without: signatures, their verification, and writing something down for good.
type floors struct {
	signatures, verifications, inserts, shared float64 // per second

	database string // that the inserts went to
}

const floorTime = time.Second

func (f *floors) list() []measurement {
	return []measurement{
		{Name: "RSA-2048 signatures, all cores", Value: f.signatures, Unit: "/s"},
		{Name: "RSA-2048 verifications, all cores", Value: f.verifications, Unit: "/s"},
		{Name: "durable inserts, one a commit", Value: f.inserts, Unit: "/s", Detail: f.database},
		{Name: "durable inserts, 16 a commit", Value: f.shared, Unit: "/s"},
	}
}

func (cmd benchCommand) measureFloors(ctx context.Context, dir string) (*floors, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte("floor"))
	signed, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, err
	}
	f := &floors{database: "SQLite, synchronous = FULL"}
	if cmd.DSN != "" {
		f.database = "PostgreSQL"
	}
	f.signatures = onAllCores(func() { _, _ = rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:]) })
	f.verifications = onAllCores(func() { _ = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signed) })
	if f.inserts, err = cmd.durableInserts(ctx, dir, 1); err != nil {
		return nil, err
	}
	f.shared, err = cmd.durableInserts(ctx, dir, 16)
	return f, err
}

// onAllCores is how often something can be done in a second.
func onAllCores(do func()) float64 {
	var count atomic.Int64
	var wait sync.WaitGroup
	begun := time.Now()
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for time.Since(begun) < floorTime {
				do()
				count.Add(1)
			}
		})
	}
	wait.Wait()
	return float64(count.Load()) / time.Since(begun).Seconds()
}

// durableInserts is how many rows of the size of a post one connection writes in a
// second such that they survive a power cut.
func (cmd benchCommand) durableInserts(ctx context.Context, dir string, perCommit int) (rate float64, err error) {
	driver, dsn, value, key := "sqlite", "file:"+filepath.Join(dir, "floor.db")+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)", "?", "INTEGER PRIMARY KEY"
	if cmd.DSN != "" {
		driver, dsn, value, key = "pgx", cmd.DSN, "$1", "SERIAL PRIMARY KEY"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		return 0, err
	}
	db.SetMaxOpenConns(1)
	defer func() {
		_, dropErr := db.ExecContext(context.WithoutCancel(ctx), "DROP TABLE IF EXISTS floor_rows")
		err = errors.Join(err, dropErr, db.Close())
	}()
	if _, err := db.ExecContext(ctx, "CREATE TABLE floor_rows (id "+key+", body TEXT NOT NULL)"); err != nil {
		return 0, err
	}
	body, count, begun := strings.Repeat("x", 500), 0, time.Now()
	for time.Since(begun) < floorTime {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return 0, err
		}
		for range perCommit {
			if _, err := tx.ExecContext(ctx, "INSERT INTO floor_rows (body) VALUES ("+value+")", body); err != nil {
				return 0, err
			}
			count++
		}
		if err := tx.Commit(); err != nil {
			return 0, err
		}
	}
	return float64(count) / time.Since(begun).Seconds(), nil
}
