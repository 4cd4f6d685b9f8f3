package main

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
	"portevoix/forum/forumtest"
)

// mailCatcher is an SMTP server that keeps what it is given.
type mailCatcher struct {
	address string
	mu      sync.Mutex
	mails   []string
}

func catchMail(t *testing.T) *mailCatcher {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	c := &mailCatcher{address: listener.Addr().String()}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.serve(conn)
		}
	}()
	return c
}

// serve speaks as much SMTP as it takes to be given a mail.
func (c *mailCatcher) serve(conn net.Conn) {
	defer conn.Close()
	say := func(s string) { _, _ = io.WriteString(conn, s+"\r\n") }
	say("220 catcher")
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch command := strings.ToUpper(lines.Text()); {
		case command == "DATA":
			say("354 go on")
			var body strings.Builder
			for lines.Scan() && lines.Text() != "." {
				body.WriteString(strings.TrimPrefix(lines.Text(), ".") + "\r\n")
			}
			c.mu.Lock()
			c.mails = append(c.mails, body.String())
			c.mu.Unlock()
			say("250 kept")
		case command == "QUIT":
			say("221 bye")
			return
		default:
			say("250 ok")
		}
	}
}

// caught is a mail with its parts as they are read.
type caught struct {
	header     mail.Header
	subject    string
	text, html string
}

// take returns the mails since it was last asked.
func (c *mailCatcher) take(t *testing.T) []caught {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []caught
	for _, raw := range c.mails {
		m, err := mail.ReadMessage(strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		one := caught{header: m.Header}
		if one.subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
			t.Fatal(err)
		}
		_, parameters, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		parts := multipart.NewReader(m.Body, parameters["boundary"])
		for {
			part, err := parts.NextRawPart()
			if err != nil {
				break
			}
			var body bytes.Buffer
			if _, err := body.ReadFrom(quotedprintable.NewReader(part)); err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
				one.html = body.String()
			} else {
				one.text = strings.ReplaceAll(body.String(), "\r\n", "\n")
			}
		}
		list = append(list, one)
	}
	c.mails = nil
	return list
}

// TestNotificationMail follows a reply into a mail, and the mail's links back to
// the server.
func TestNotificationMail(t *testing.T) {
	t.Parallel()
	catcher := catchMail(t)
	v := newVillage(t, func(c *config.Config) {
		c.Mail.Server, c.Mail.Security, c.Mail.From = catcher.address, "none", "Portevoix <forum@here.example>"
	})
	v.settle()
	thread := "/t/" + v.thread
	mails := func() []caught {
		t.Helper()
		v.clock.advance(11 * time.Minute)
		if err := v.service.WorkMailings(t.Context(), forum.MailingsJob{}); err != nil {
			t.Fatal(err)
		}
		v.settle()
		return catcher.take(t)
	}
	v.lea.post("/settings/appearance", url.Values{"locale": {"fr"}}).is(303)
	catcher.take(t)
	for _, word := range []string{"first word", "second <word>"} {
		v.max.post(thread+"/reply", url.Values{"body": {word}}).is(303)
	}
	list := mails()
	if len(list) != 1 {
		t.Fatalf("%d mails for two replies", len(list))
	}
	m := list[0]
	if m.subject != "Du nouveau pour vous : Léa’s bill: twice!" {
		t.Errorf("subject %q", m.subject)
	}
	root := "<thread." + v.thread + "@127.0.0.1>"
	for header, want := range map[string]string{
		"To": "<lea@mail.example>", "Auto-Submitted": "auto-generated", "Precedence": "list", "List-Id": "<replies.notifications.127.0.0.1>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "In-Reply-To": root, "References": root,
	} {
		if got := m.header.Get(header); got != want {
			t.Errorf("%s is %q, want %q", header, got, want)
		}
	}
	if id := m.header.Get("Message-Id"); !strings.HasPrefix(id, "<notices.") || !strings.HasSuffix(id, "@127.0.0.1>") {
		t.Errorf("Message-ID is %q", id)
	}
	unsubscribe := strings.Trim(m.header.Get("List-Unsubscribe"), "<>")
	for _, want := range []string{"Bonjour lea,\n", "max vous a répondu\n> second <word>\n" + v.base + "/p/", "> first word\n", "Ne plus recevoir ce genre d’e-mail : " + unsubscribe + "\n", v.base + "/settings/notifications"} {
		if !strings.Contains(m.text, want) {
			t.Errorf("the text lacks %q:\n%s", want, m.text)
		}
	}
	for _, want := range []string{`<html lang="fr">`, "max vous a répondu</b>", "second &lt;word&gt;</blockquote>", `href="` + unsubscribe + `"`} {
		if !strings.Contains(m.html, want) {
			t.Errorf("the page lacks %q:\n%s", want, m.html)
		}
	}

	path := strings.TrimPrefix(unsubscribe, v.base)
	v.visitor.get(path).is(200).shows(`lang="fr"`, "Réponses qui vous sont faites", "Faut-il ne plus envoyer ces e-mails à lea", `<form class="form" method="post">`)
	v.visitor.get(path[:len(path)-3]).is(404)
	oneClick, err := http.NewRequest(http.MethodPost, unsubscribe, strings.NewReader("List-Unsubscribe=One-Click"))
	if err != nil {
		t.Fatal(err)
	}
	oneClick.Header = http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, "Origin": {"https://mail.example"}, "Sec-Fetch-Site": {"cross-site"}}
	v.visitor.send(oneClick).is(200).shows("lea ne reçoit plus ces e-mails")
	v.max.post(thread+"/reply", url.Values{"body": {"unheard"}}).is(303)
	if list := mails(); len(list) != 0 {
		t.Errorf("mailed after the click: %q", list[0].text)
	}
	v.visitor.get(path).shows("lea ne reçoit plus ces e-mails", "Les recevoir à nouveau")
	v.visitor.post(path, url.Values{"undo": {"1"}}).is(200).shows("comme avant")
	v.lea.post("/settings/appearance", url.Values{"locale": {"en"}}).is(303)
	v.max.post(thread+"/reply", url.Values{"body": {"heard"}}).is(303)
	if list := mails(); len(list) != 1 || list[0].subject != "New for you: Léa’s bill: twice!" {
		t.Errorf("after the click was taken back: %+v", list)
	}

	v.lea.get("/settings/notifications").is(200).shows("It goes to lea@mail.example.", `<option value="at_once" selected>At once</option>`)
	v.lea.post("/settings/notifications", url.Values{"replies": {"never"}, "follows": {"at_once"}}).leadsTo("/settings/notifications")
	chosen := v.lea.get("/settings/notifications").shows("Saved.")
	for topic, pace := range map[string]string{"replies": "never", "follows": "at_once", "threads": "weekly"} {
		if got := chosen.field(topic); got != pace {
			t.Errorf("%s is %s, want %s", topic, got, pace)
		}
	}
	v.lea.post("/settings/notifications", url.Values{"news": {"at_once"}}).is(422).shows("Choose how soon")
	v.max.post("/u/lea/follow", url.Values{"on": {"true"}}).is(303)
	v.max.post(thread+"/reply", url.Values{"body": {"unheard"}}).is(303)
	if list := mails(); len(list) != 1 || list[0].subject != "max follows you" || list[0].header.Get("References") != "" {
		t.Errorf("of a follower: %+v", list)
	}
	v.max.post(thread+"/support", url.Values{"on": {"true"}}).is(303)
	v.lea.get("/notifications").shows(`href="/settings/notifications"`)
}

// TestMailIsSentAgain holds that a mail that the mail server did not take goes
// out when it does.
func TestMailIsSentAgain(t *testing.T) {
	t.Parallel()
	v := newVillage(t, func(c *config.Config) {
		c.Mail.Server, c.Mail.Security, c.Mail.From = freeAddress(t), "none", "forum@here.example"
	})
	v.max.post("/t/"+v.thread+"/reply", url.Values{"body": {"x"}}).is(303)
	v.clock.advance(11 * time.Minute)
	if err := v.service.WorkMailings(t.Context(), forum.MailingsJob{}); err != nil {
		t.Fatal(err)
	}
	forumtest.Eventually(t, patience, "the mail to fail", func() bool { return strings.Contains(v.printed.String(), "job failed") })
	if n, err := v.store.PendingJobs(t.Context()); err != nil || n == 0 {
		t.Errorf("%d jobs are left, %v", n, err)
	}
	if log := v.printed.String(); strings.Contains(log, "@mail.example") {
		t.Errorf("the log shows an address:\n%s", log)
	}
}
