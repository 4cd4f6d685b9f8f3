package onetime

import (
	"encoding/base32"
	"strings"
	"testing"
	"time"
)

// The vectors of RFC 6238 appendix B, cut to six digits.
func TestStep(t *testing.T) {
	secret := base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"} {
		for shift, want := range map[int64]int64{0: at / 30, 30: at / 30, -30: at / 30, 90: 0, -90: 0} {
			if got := (Codes{}).Step(secret, code, time.Unix(at+shift, 0)); got != want {
				t.Errorf("%s at %d%+d: step %d, want %d", code, at, shift, got, want)
			}
		}
	}
	for _, code := range []string{"", "28708", "2870822", "abcdef"} {
		if (Codes{}).Step(secret, code, time.Unix(59, 0)) != 0 {
			t.Errorf("%q is taken", code)
		}
	}
}

func TestAddress(t *testing.T) {
	secret, err := Codes{}.NewSecret()
	if err != nil || len(secret) != 32 {
		t.Fatalf("secret %q, %v", secret, err)
	}
	if raw, err := base32.StdEncoding.DecodeString(secret); err != nil || len(raw) != 20 {
		t.Errorf("%q is not 160 bits of base32: %v", secret, err)
	}
	got := Codes{}.Address(secret, "forum.example:8080", "lea")
	if want := "otpauth://totp/forum.example-8080:lea?issuer=forum.example%3A8080&secret=" + secret; got != want {
		t.Errorf("got %s, want %s", got, strings.ReplaceAll(want, secret, "…"))
	}
}
