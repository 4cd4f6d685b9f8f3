package mastodon

import (
	"slices"
	"testing"
)

func TestFlatten(t *testing.T) {
	values, err := flatten([]byte(`{"status":"x","media_ids":["1",2],"poll":{"options":["a","b"],"expires_in":300,"multiple":true},"fields_attributes":[{"name":"Site"}],"none":null}`))
	if err != nil {
		t.Fatal(err)
	}
	p := params{values: values}
	if !slices.Equal(p.list("media_ids"), []string{"1", "2"}) || !slices.Equal(p.list("poll[options]"), []string{"a", "b"}) || p.number("poll[expires_in]") != 300 ||
		!p.is("poll[multiple]") || p.get("fields_attributes[0][name]") != "Site" || p.has("none") {
		t.Errorf("flattened: %v", values)
	}
}

func FuzzFlatten(f *testing.F) {
	f.Add([]byte(`{"a":[{"b":[1,true,null,"x"]}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		values, err := flatten(body)
		if err != nil {
			return
		}
		n := 0
		for _, list := range values {
			n += len(list)
		}
		if n > maxValues {
			t.Errorf("%d values", n)
		}
	})
}
