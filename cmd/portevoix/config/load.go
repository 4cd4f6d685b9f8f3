package config

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Error is a configuration that cannot be used.
type Error struct {
	File   string // "" for the environment
	Line   int    // 0 where none is known
	Key    string // "section.key"
	Reason string
	Remedy string
}

// Error says where, what and what to do.
func (e *Error) Error() string {
	where := e.File
	if where == "" {
		where = "configuration"
	}
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	s := where + ": "
	if e.Key != "" {
		s += e.Key + ": "
	}
	s += e.Reason
	if e.Remedy != "" {
		s += "\n  " + e.Remedy
	}
	return s
}

// DefaultFile is read when no file is named and it exists.
const DefaultFile = "config.toml"

// Load reads the configuration. path "" means DefaultFile if there is one.
// environ is the environment as os.Environ returns it.
func Load(path string, environ []string) (*Config, error) {
	c := Default()
	file := path
	if file == "" {
		if _, err := os.Stat(DefaultFile); err == nil {
			file = DefaultFile
		}
	}
	var text []byte
	if file != "" {
		var err error
		if text, err = os.ReadFile(file); err != nil {
			return nil, &Error{File: file, Reason: err.Error(), Remedy: "Name another file with --config, or copy config.example.toml."}
		}
		if err := decode(file, text, &c); err != nil {
			return nil, err
		}
	}
	if err := fromEnvironment(&c, environ); err != nil {
		return nil, err
	}
	if err := readSecrets(&c); err != nil {
		return nil, err
	}
	if err := check(&c, file, text); err != nil {
		return nil, err
	}
	return &c, nil
}

// decode reads TOML strictly.
func decode(file string, text []byte, c *Config) error {
	d := toml.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	err := d.Decode(c)
	if err == nil {
		return nil
	}
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok && len(missing.Errors) > 0 {
		one := missing.Errors[0]
		line, _ := one.Position()
		key := strings.Join(one.Key(), ".")
		return &Error{File: file, Line: line, Key: key, Reason: "there is no such key", Remedy: remedyForUnknown(key)}
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, _ := bad.Position()
		return &Error{File: file, Line: line, Key: strings.Join(bad.Key(), "."), Reason: strings.TrimPrefix(bad.Error(), "toml: "),
			Remedy: remedyForValue}
	}
	key := culprit(text)
	return &Error{File: file, Line: lineOf(text, key), Key: key, Reason: strings.TrimPrefix(err.Error(), "toml: "), Remedy: remedyForValue}
}

const remedyForValue = "Strings stand in quotes, lists in brackets; see config.example.toml."

// culprit finds the key with a value that cannot be read, where the decoder does
// not say: it hands bare numbers to types that are read from text, and passes
// their errors on without a position.
func culprit(text []byte) string {
	var sections map[string]map[string]any
	if err := toml.Unmarshal(text, &sections); err != nil {
		return ""
	}
	for section, values := range sections {
		for key, value := range values {
			var c Config
			one, err := toml.Marshal(map[string]any{section: map[string]any{key: value}})
			if err == nil && toml.Unmarshal(one, &c) != nil {
				return section + "." + key
			}
		}
	}
	return ""
}

// remedyForUnknown names the key or section that was probably meant.
func remedyForUnknown(key string) string {
	best, distance := "", 4
	for _, known := range Keys() {
		section, name, _ := strings.Cut(known, ".")
		if name == key { // it stands outside its section
			return "Did you mean " + known + "?"
		}
		if d := editDistance(key, known); d < distance {
			best, distance = known, d
		}
		if d := editDistance(key, section); d < min(distance, 3) { // short names are soon alike
			best, distance = section, d
		}
	}
	if best != "" {
		return "Did you mean " + best + "?"
	}
	return "Remove it; config.example.toml lists all keys."
}

// Keys lists all keys as "section.key".
func Keys() []string {
	var keys []string
	c := Default()
	each(&c, func(section, key string, _ reflect.Value) error {
		keys = append(keys, section+"."+key)
		return nil
	})
	return keys
}

// each visits every value.
func each(c *Config, visit func(section, key string, value reflect.Value) error) error {
	sections := reflect.ValueOf(c).Elem()
	for i := range sections.NumField() {
		section := sections.Field(i)
		name := sections.Type().Field(i).Tag.Get("toml")
		for j := range section.NumField() {
			if err := visit(name, section.Type().Field(j).Tag.Get("toml"), section.Field(j)); err != nil {
				return err
			}
		}
	}
	return nil
}

const prefix = "PORTEVOIX_"

// fromEnvironment reads PORTEVOIX_SECTION_KEY. Lists are separated by commas.
// A variable with the prefix that names no key is refused like any unknown key,
// but for those of the test suite.
func fromEnvironment(c *Config, environ []string) error {
	given := map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, prefix+"TEST_") {
			given[name] = value
		}
	}
	err := each(c, func(section, key string, value reflect.Value) error {
		name := prefix + strings.ToUpper(section+"_"+key)
		text, ok := given[name]
		if !ok {
			return nil
		}
		delete(given, name)
		if err := set(value, text); err != nil {
			return &Error{Key: name, Reason: err.Error(), Remedy: "Correct or unset the environment variable."}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for name := range given {
		return &Error{Key: name, Reason: "no key has this name", Remedy: "Unset the environment variable; names are PORTEVOIX_SECTION_KEY."}
	}
	return nil
}

func set(value reflect.Value, text string) error {
	switch target := value.Addr().Interface().(type) {
	case *string:
		*target = text
	case *int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		*target = n
	case *[]string:
		*target = splitList(text)
	case *[]netip.Prefix:
		*target = nil
		for _, one := range splitList(text) {
			p, err := netip.ParsePrefix(one)
			if err != nil {
				return fmt.Errorf("%q is not a network such as 10.0.0.0/8", one)
			}
			*target = append(*target, p)
		}
	case *Duration:
		if target.UnmarshalText([]byte(text)) != nil {
			return fmt.Errorf("%q is not a duration such as 10s", text)
		}
	default:
		return fmt.Errorf("values of type %s cannot be set so", value.Type())
	}
	return nil
}

func splitList(text string) []string {
	var list []string
	for one := range strings.SplitSeq(text, ",") {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// readSecrets reads secrets that are kept in files of their own.
func readSecrets(c *Config) error {
	for _, s := range []struct {
		key, file string
		value     *string
	}{
		{"media.s3_secret_key_file", c.Media.S3SecretKeyFile, &c.Media.S3SecretKey},
		{"mail.password_file", c.Mail.PasswordFile, &c.Mail.Password},
		{"openid.client_secret_file", c.OpenID.ClientSecretFile, &c.OpenID.ClientSecret},
		{"storage.dsn_file", c.Storage.DSNFile, &c.Storage.DSN},
	} {
		if s.file == "" {
			continue
		}
		text, err := os.ReadFile(s.file)
		if err != nil {
			return &Error{Key: s.key, Reason: err.Error(), Remedy: "The file must exist and be readable by the server."}
		}
		*s.value = strings.TrimRight(string(text), "\r\n")
	}
	return nil
}

// editDistance is Levenshtein's, for suggestions.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		previous := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			previous, row[j] = row[j], min(row[j]+1, row[j-1]+1, previous+cost)
		}
	}
	return row[len(b)]
}
