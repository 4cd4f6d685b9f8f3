package forum_test

import (
	"testing"

	"portevoix/forum"
)

func TestParseAmount(t *testing.T) {
	for _, c := range []struct{ value, currency, want string }{
		{"89", "EUR", "89.00 EUR"}, {"89,5", "eur", "89.50 EUR"}, {"1 234,56", "EUR", "1234.56 EUR"}, {"1.234,56", "EUR", "1234.56 EUR"}, {"1,234.56", "USD", "1234.56 USD"},
		{"1'234.50", "CHF", "1234.50 CHF"}, {"1.234.567", "EUR", "1234567.00 EUR"}, {"12.345", "TND", "12.345 TND"}, {"500", "JPY", "500 JPY"}, {"0.05", "EUR", "0.05 EUR"},
		{"1.234", "EUR", ""}, {"500.5", "JPY", ""}, {"-5", "EUR", ""}, {"5e3", "EUR", ""}, {"", "EUR", ""}, {".", "EUR", ""}, {"5", "XXX", ""}, {"9999999999999", "EUR", ""}, {"99999999999999999999", "EUR", ""},
	} {
		got := ""
		if a, err := forum.ParseAmount(c.value, c.currency); err == nil {
			got = a.Value() + " " + a.Currency
		} else if forum.CodeOf(err) != forum.Invalid {
			t.Errorf("%s %s: %v", c.value, c.currency, err)
		}
		if got != c.want {
			t.Errorf("%s %s is %q, want %q", c.value, c.currency, got, c.want)
		}
	}
}

func FuzzParseAmount(f *testing.F) {
	f.Add("1 234,56", "EUR")
	f.Fuzz(func(t *testing.T, value, currency string) {
		a, err := forum.ParseAmount(value, currency)
		if err != nil {
			return
		}
		again, err := forum.ParseAmount(a.Value(), a.Currency)
		if err != nil || again != a {
			t.Errorf("%q %q is %+v, and written and read %+v %v", value, currency, a, again, err)
		}
	})
}
