package forum

import (
	"math"
	"strings"
	"unicode/utf8"
)

// asciiHost writes a host name as the DNS knows it (RFC 3492), so that the same
// name in letters and in its "xn--" form is the same. The name is in lower case.
func asciiHost(host string) string {
	labels := strings.Split(host, ".")
	for i, label := range labels {
		if encoded, ok := punycode(label); ok {
			labels[i] = "xn--" + encoded
		}
	}
	return strings.Join(labels, ".")
}

// The parameters of Punycode for domain names, RFC 3492 section 5.
const (
	punyBase = 36
	punyTMin = 1
	punyTMax = 26
	punySkew = 38
	punyDamp = 700
	punyBias = 72
	punyN    = 128
)

// punycode encodes a label; false for one that needs no encoding, or cannot be one.
func punycode(label string) (string, bool) {
	const most = 63 // bytes of a label
	var out []byte
	for _, r := range label {
		if r < punyN {
			out = append(out, byte(r))
		}
	}
	if len(out) == len(label) || utf8.RuneCountInString(label) > most {
		return "", false
	}
	done := len(out)
	basic := done
	if done > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(punyN), 0, punyBias
	for left := utf8.RuneCountInString(label) - basic; left > 0; {
		next := rune(math.MaxInt32)
		for _, r := range label {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (done + 1)
		n = next
		for _, r := range label {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			out = punyNumber(out, delta, bias)
			bias = punyAdapt(delta, done+1, done == basic)
			delta = 0
			done++
			left--
		}
		delta++
		n++
	}
	return string(out), true
}

// punyNumber writes a number in digits whose worth depends on the bias.
func punyNumber(out []byte, q, bias int) []byte {
	digit := func(d int) byte {
		if d < 26 {
			return byte('a' + d)
		}
		return byte('0' + d - 26)
	}
	for k := punyBase; ; k += punyBase {
		t := min(max(k-bias, punyTMin), punyTMax)
		if q < t {
			return append(out, digit(q))
		}
		out = append(out, digit(t+(q-t)%(punyBase-t)))
		q = (q - t) / (punyBase - t)
	}
}

func punyAdapt(delta, points int, first bool) int {
	if first {
		delta /= punyDamp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for delta > (punyBase-punyTMin)*punyTMax/2 {
		delta /= punyBase - punyTMin
		k += punyBase
	}
	return k + (punyBase-punyTMin+1)*delta/(delta+punySkew)
}
