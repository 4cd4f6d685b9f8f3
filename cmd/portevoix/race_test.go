//go:build race

package main

// raceDetector says whether the tests, and so the servers they start, are built
// with the race detector.
const raceDetector = true
