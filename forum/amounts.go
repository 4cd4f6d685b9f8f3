package forum

import (
	"strconv"
	"strings"
)

// Amount is a sum of money in the smallest unit of its currency, so that sums of
// sums are exact.
type Amount struct {
	Minor    int64
	Currency string // ISO 4217; "": no amount
}

// Known says whether there is an amount.
func (a Amount) Known() bool { return a.Currency != "" }

// maxAmount bounds an amount, in the smallest unit: what is more was mistyped.
const maxAmount = 1_000_000_000_00

// decimals are how many digits stand after the point in currencies that do not
// have two of them (ISO 4217).
var decimals = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// Decimals is how many digits stand after the point in the amount's currency.
func (a Amount) Decimals() int {
	if n, odd := decimals[a.Currency]; odd {
		return n
	}
	return 2
}

// Value writes the amount as a decimal, "89.00"; "" for none.
func (a Amount) Value() string {
	if !a.Known() {
		return ""
	}
	digits, n := strconv.FormatInt(a.Minor, 10), a.Decimals()
	if n == 0 {
		return digits
	}
	if missing := n + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	return digits[:len(digits)-n] + "." + digits[len(digits)-n:]
}

// Major is the amount as a number, for writing it as a language does.
func (a Amount) Major() float64 {
	f, err := strconv.ParseFloat(a.Value(), 64)
	if err != nil {
		return 0
	}
	return f
}

func (a Amount) check() error {
	switch {
	case !currencies[a.Currency]:
		return invalid("case.amount.currency", "CurrencyUnknown", map[string]any{"Currency": clipRunes(oneLine(a.Currency), 10)})
	case a.Minor < 0, a.Minor > maxAmount:
		return invalid("case.amount.value", "AmountOutOfRange", nil)
	}
	return nil
}

// ParseAmount reads a decimal as people write it: with a point or a comma, with
// spaces or the other mark between thousands.
func ParseAmount(value, currency string) (Amount, error) {
	a := Amount{Currency: strings.ToUpper(strings.TrimSpace(currency))}
	if err := a.check(); err != nil {
		return Amount{}, err
	}
	unreadable := invalid("case.amount.value", "AmountUnreadable", map[string]any{"Amount": clipRunes(oneLine(value), 30)})
	whole, fraction, ok := splitDecimal(value)
	if !ok || len(fraction) > a.Decimals() || len(whole) > 15 {
		return Amount{}, unreadable
	}
	fraction += strings.Repeat("0", a.Decimals()-len(fraction))
	minor, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return Amount{}, unreadable
	}
	a.Minor = minor
	if err := a.check(); err != nil {
		return Amount{}, err
	}
	return a, nil
}

// splitDecimal splits a number into the digits before and after its decimal mark.
// A mark that stands more than once is between thousands, and so is the first of
// two different ones.
func splitDecimal(s string) (whole, fraction string, ok bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', '\u00a0', '\u202f', '\u2009', '\'', '’':
			return -1
		}
		return r
	}, strings.TrimSpace(s))
	whole = s
	if mark := strings.LastIndexAny(s, ".,"); mark >= 0 && strings.Count(s, s[mark:mark+1]) == 1 {
		whole, fraction = s[:mark], s[mark+1:]
	}
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	digits := func(s string) bool { return strings.Trim(s, "0123456789") == "" }
	return whole, fraction, whole != "" && digits(whole) && digits(fraction)
}

// currencies are those of ISO 4217 that money is counted in.
var currencies = func() map[string]bool {
	set := map[string]bool{}
	for _, code := range strings.Fields(`AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
		COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
		KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN
		PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV
		WST XAF XCD XOF XPF YER ZAR ZMW ZWG`) {
		set[code] = true
	}
	return set
}()

// Currencies are those that the form offers first; others can be written.
var Currencies = []string{"EUR", "CHF", "GBP", "USD", "CAD"}
