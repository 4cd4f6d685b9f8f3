package forum

import "testing"

func TestStop(t *testing.T) {
	for text, want := range map[string]bool{
		"STOP": true, "@telecoms@here.example STOP": true, "@telecoms @lea@here.example stop.": true, " Stop! ": true,
		"": false, "please stop that": false, "STOP writing": false, "@STOP": false, "#STOP": false,
	} {
		if got := isStop(withoutHandles(text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
