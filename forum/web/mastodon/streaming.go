package mastodon

const streamingPath = "/api/v1/streaming"
