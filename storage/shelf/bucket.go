package shelf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"portevoix/forum"
)

// Bucket keeps files in a bucket of a store that speaks S3, which several servers
// may share. It is safe for concurrent use.
//
// Readers never see its address: files are sent through the server, part by part
// as they ask for them.
type Bucket struct {
	client *minio.Client
	name   string
}

var _ forum.Shelf = (*Bucket)(nil)

// BucketOptions say where a bucket is and who asks. All but Region are required.
type BucketOptions struct {
	Endpoint  string // address of the store, such as "https://s3.example"
	Region    string
	Name      string
	AccessKey string
	SecretKey string
}

// bucketTime bounds what the store takes to put a file down or away.
const bucketTime = 2 * time.Minute

// OpenBucket prepares to use a bucket; it asks nothing yet.
func OpenBucket(o BucketOptions) (*Bucket, error) {
	u, err := url.Parse(o.Endpoint)
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	client, err := minio.New(u.Host, &minio.Options{
		Creds: credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""), Secure: u.Scheme == "https", Region: o.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("open bucket: %w", err)
	}
	return &Bucket{client: client, name: o.Name}, nil
}

// Close implements io.Closer.
func (b *Bucket) Close() error { return nil }

// Put implements forum.Shelf. The store answers when it has the whole file.
func (b *Bucket) Put(ctx context.Context, body io.ReadSeeker, extension string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	defer cancel()
	name, err := nameOf(body, extension)
	if err != nil {
		return "", err
	}
	if !nameShape.MatchString(name) {
		return "", fmt.Errorf("%q is no extension", extension)
	}
	_, err = b.client.StatObject(ctx, b.name, name, minio.StatObjectOptions{})
	if err == nil {
		return name, nil
	}
	if !missing(err) {
		return "", fmt.Errorf("look for file: %w", err)
	}
	size, err := body.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = body.Seek(0, io.SeekStart)
	}
	if err != nil {
		return "", fmt.Errorf("read file: %w", err)
	}
	// In one piece: parts would be sent from buffers of many megabytes.
	_, err = b.client.PutObject(ctx, b.name, name, body, size, minio.PutObjectOptions{DisableMultipart: true, ContentType: "application/octet-stream"})
	if err != nil {
		return "", fmt.Errorf("keep file: %w", err)
	}
	return name, nil
}

// Open implements forum.Shelf. What is read is asked for then, from where the
// reader is.
func (b *Bucket) Open(ctx context.Context, name string) (io.ReadSeekCloser, error) {
	if !nameShape.MatchString(name) {
		return nil, nothing(nil)
	}
	object, err := b.client.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
	if err != nil {
		return nil, fmt.Errorf("open file: %w", err)
	}
	if _, err := object.Stat(); err != nil {
		_ = object.Close()
		if missing(err) {
			return nil, nothing(err)
		}
		return nil, fmt.Errorf("open file: %w", err)
	}
	return object, nil
}

// Remove implements forum.Shelf.
func (b *Bucket) Remove(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, bucketTime)
	defer cancel()
	if !nameShape.MatchString(name) {
		return nil // a name that nothing can have
	}
	if err := b.client.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{}); err != nil && !missing(err) {
		return fmt.Errorf("remove file: %w", err)
	}
	return nil
}

// missing says whether the store has no such file. A missing bucket, or a refusal,
// is something else.
func missing(err error) bool {
	answer, ok := errors.AsType[minio.ErrorResponse](err)
	return ok && answer.StatusCode == http.StatusNotFound && answer.Code != minio.NoSuchBucket
}
