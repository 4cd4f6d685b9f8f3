package importing

import (
	"archive/tar"
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// eachFile opens what an export consists of, unpacked, one after the other. Of a
// backup that is a tar archive it is the dump in it.
func eachFile(name string, directories bool, progress func(done, all int64), read func(name string, in io.Reader) error) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	files, all := []string{name}, info.Size()
	if info.IsDir() {
		if !directories {
			return fmt.Errorf("%s is a directory, not a file", name)
		}
		if files, all, err = filesIn(name); err != nil {
			return err
		}
		if len(files) == 0 {
			return fmt.Errorf("%s holds no .json file", name)
		}
	}
	meter := &meter{all: all, told: progress}
	for _, file := range files {
		if err := openFile(file, meter, read); err != nil {
			return err
		}
	}
	return nil
}

// filesIn lists the JSON files of a directory, in the order of their names.
func filesIn(dir string) (files []string, all int64, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		base := strings.TrimSuffix(strings.ToLower(d.Name()), ".gz")
		if !strings.HasSuffix(base, ".json") && !strings.HasSuffix(base, ".jsonl") && !strings.HasSuffix(base, ".ndjson") {
			return nil
		}
		info, err := d.Info()
		if err == nil {
			files, all = append(files, path), all+info.Size()
		}
		return err
	})
	return files, all, err
}

func openFile(name string, meter *meter, read func(string, io.Reader) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	meter.from = file
	in, err := unpack(meter)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return read(name, in)
}

// unpack takes off what an export is wrapped in, however it is called.
func unpack(in io.Reader) (io.Reader, error) {
	const tarMark = 257 // where "ustar" stands
	for {
		buffered := bufio.NewReaderSize(in, 64<<10)
		head, err := buffered.Peek(tarMark + 5)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return nil, err
		}
		switch {
		case strings.HasPrefix(string(head), "\x1f\x8b"):
			if in, err = gzip.NewReader(buffered); err != nil {
				return nil, err
			}
		case strings.HasPrefix(string(head), "BZh"):
			in = bzip2.NewReader(buffered)
		case len(head) > tarMark && string(head[tarMark:]) == "ustar":
			if in, err = dumpIn(tar.NewReader(buffered)); err != nil {
				return nil, err
			}
		default:
			return buffered, nil
		}
	}
}

// dumpIn finds the dump in a backup.
func dumpIn(archive *tar.Reader) (io.Reader, error) {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil, errors.New("no dump.sql is in the backup")
		}
		if err != nil {
			return nil, err
		}
		if base := path.Base(header.Name); base == "dump.sql" || base == "dump.sql.gz" {
			return archive, nil
		}
	}
}

// meter tells how much of the files was read.
type meter struct {
	from      io.Reader
	done, all int64
	told      func(done, all int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	m.done += int64(n)
	if m.told != nil {
		m.told(m.done, m.all)
	}
	return n, err
}
