package main

import (
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/pelletier/go-toml/v2"

	"portevoix/cmd/portevoix/config"
	"portevoix/forum"
)

type demoCommand struct{}

//go:embed demo.toml
var demoText []byte

// demoContent is the community of demo.toml.
type demoContent struct {
	Companies []demoCompany
	People    []struct {
		Name, Label, Summary, Locale string
	}
	Forums []struct {
		Name, Title, Summary, Rules, Language string
		Moderators                            []string
	}
	Threads []demoThread
	Actions []demoAction
}

type demoCompany struct {
	By, Name, Site    string
	Aliases, Products []string
	Desk, DeskLabel   string // who answers for it; "" for nobody
}

type demoThread struct {
	Forum, Kind, By, Language, Title, Body string
	Ago                                    config.Duration
	Supports, Boosts                       int
	Edited                                 string // a former end of the text, to show an edit

	Company, Product, Amount, Currency, Place, Feeling string
	Wants                                              []forum.Want
	Happened                                           int // days before it was written about
	Replies                                            []demoReply
	Joined                                             []string // to whom the same happened
	Answers                                            []demoAnswer
}

type demoReply struct {
	By, Body string
	Ago      config.Duration
	To       int // the reply it answers, counted from 1; 0 answers the thread
	Supports int
}

// demoClock tells the time at which the next thing of the demo happened.
type demoClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *demoClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *demoClock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Run fills an empty server.
func (demoCommand) Run(ctx context.Context, c *console) error {
	cfg, err := config.Load(c.file, c.environ)
	if err != nil {
		return err
	}
	var content demoContent
	if err := toml.Unmarshal(demoText, &content); err != nil {
		return fmt.Errorf("read demo: %w", err)
	}
	clock := &demoClock{now: forum.SystemClock{}.Now()}
	a, err := newApp(ctx, cfg, c.err, clock)
	if err != nil {
		return err
	}
	d := &demo{app: a, console: c, clock: clock, content: content, now: clock.now, people: map[string]*forum.Account{}, companies: map[string]string{}}
	err = d.fill(ctx)
	if closeErr := a.close(); err == nil {
		err = closeErr
	}
	return err
}

// demo is the work of filling a server.
type demo struct {
	*app
	console *console
	clock   *demoClock
	content demoContent
	now     time.Time
	people  map[string]*forum.Account
	crowd   []*forum.Account
	threads map[int]*forum.Thread
	replies map[[2]int]*forum.Post

	companies map[string]string // their handles, by name
}

func (d *demo) fill(ctx context.Context) error {
	cards, err := d.store.Forums(ctx, 0)
	if err != nil {
		return err
	}
	if len(cards) > 0 {
		return fmt.Errorf("this server has forums already; the demo is for empty ones")
	}
	if err := d.addPeople(ctx); err != nil {
		return err
	}
	for _, f := range d.content.Forums {
		details := forum.ForumDetails{Title: f.Title, Summary: f.Summary, Rules: f.Rules, Language: f.Language}
		if _, err := d.service.CreateForum(ctx, forum.Operator(), f.Name, details, f.Moderators); err != nil {
			return fmt.Errorf("forum %s: %w", f.Name, err)
		}
		for i, p := range d.crowd {
			if i%3 != len(f.Name)%3 {
				if _, err := d.service.Follow(ctx, p, f.Name); err != nil {
					return err
				}
			}
		}
	}
	if err := d.addCompanies(ctx); err != nil {
		return err
	}
	if err := d.happen(ctx); err != nil {
		return err
	}
	fmt.Fprintf(d.console.out, "\nDone: %d people, %d forums, %d threads, %d actions. Look at %s\n", len(d.crowd), len(d.content.Forums), len(d.content.Threads), len(d.content.Actions), d.service.Addresses().Base())
	return nil
}

// addPeople opens the accounts. They have no password and addresses that lead
// nowhere: nobody signs in as one of them.
func (d *demo) addPeople(ctx context.Context) error {
	d.clock.set(d.now.AddDate(0, -3, 0))
	people := newProgress(d.console.out, "People", len(d.content.People))
	for i, p := range d.content.People {
		account, err := d.addPerson(ctx, p.Name, p.Locale, forum.Profile{DisplayName: p.Label, Summary: p.Summary})
		if err != nil {
			return err
		}
		d.crowd = append(d.crowd, account)
		people.done(i + 1)
	}
	return nil
}

func (d *demo) addPerson(ctx context.Context, name, locale string, profile forum.Profile) (*forum.Account, error) {
	account, err := d.service.CreateAccount(ctx, forum.Operator(), forum.NewAccount{Name: name, Email: name + "@demo.example", Locale: locale}, forum.Member)
	if err == nil {
		err = d.service.UpdateProfile(ctx, account, profile)
	}
	if err != nil {
		return nil, fmt.Errorf("person %s: %w", name, err)
	}
	d.people[name] = account
	return account, nil
}

// addCompanies makes the pages of the companies that people tell of.
func (d *demo) addCompanies(ctx context.Context) error {
	for _, c := range d.content.Companies {
		by := d.people[c.By]
		company, err := d.service.CreateCompany(ctx, by, forum.NewCompany{Name: c.Name, Site: c.Site, Aliases: c.Aliases})
		if err != nil {
			return fmt.Errorf("company %s: %w", c.Name, err)
		}
		d.companies[c.Name] = company.Handle()
		for _, name := range c.Products {
			if _, err := d.service.AddProduct(ctx, by, company.Handle(), forum.NewProduct{Name: name}); err != nil {
				return fmt.Errorf("product %s: %w", name, err)
			}
		}
		if c.Desk != "" {
			if err := d.addDesk(ctx, c, company); err != nil {
				return fmt.Errorf("desk of %s: %w", c.Name, err)
			}
		}
	}
	return nil
}

// event is one thing that happened.
type event struct {
	ago time.Duration
	do  func(ctx context.Context) error
}

// happen lets everything happen in the order in which it did.
func (d *demo) happen(ctx context.Context) error {
	d.threads, d.replies = map[int]*forum.Thread{}, map[[2]int]*forum.Post{}
	var events []event
	for i := range d.content.Threads {
		events = append(events, d.threadEvents(i)...)
	}
	for i := range d.content.Actions {
		events = append(events, d.actionEvents(i)...)
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Compare(b.ago, a.ago) })
	doings := newProgress(d.console.out, "What they said and did", len(events))
	for i, e := range events {
		d.clock.set(d.now.Add(-e.ago))
		if err := e.do(ctx); err != nil {
			return err
		}
		doings.done(i + 1)
	}
	return nil
}

// threadEvents are a thread, its replies, and what others gave to them.
func (d *demo) threadEvents(i int) []event {
	t := d.content.Threads[i]
	events := []event{{t.Ago.Duration, func(ctx context.Context) error { return d.start(ctx, i) }}}
	if t.Edited != "" {
		events = append(events, event{t.Ago.Duration * 9 / 10, func(ctx context.Context) error {
			_, err := d.service.Edit(ctx, d.people[t.By], d.threads[i].ID, forum.Edit{Title: t.Title, Body: t.Body, Language: t.Language})
			return err
		}})
	}
	for n := range t.Supports {
		events = append(events, d.give(i, n, t, d.service.Support))
	}
	for n := range t.Boosts {
		events = append(events, d.give(i, n+5, t, d.service.Boost))
	}
	for n, name := range t.Joined {
		events = append(events, event{t.Ago.Duration * time.Duration(80-5*n) / 100, func(ctx context.Context) error {
			_, err := d.service.Join(ctx, d.people[name], d.threads[i].ID, forum.RoutePage, forum.ParticipationDetails{})
			return err
		}})
	}
	for _, answer := range t.Answers {
		events = append(events, event{answer.Ago.Duration, func(ctx context.Context) error { return d.answer(ctx, i, answer) }})
	}
	for n, r := range t.Replies {
		events = append(events, event{r.Ago.Duration, func(ctx context.Context) error { return d.reply(ctx, i, n) }})
		for k := range r.Supports {
			events = append(events, event{r.Ago.Duration * 3 / 4, func(ctx context.Context) error {
				return d.service.Support(ctx, d.other(r.By, k+n), d.replies[[2]int{i, n}].ID, true)
			}})
		}
	}
	return events
}

// give is one person's support or boost, some time after the thread began.
func (d *demo) give(i, n int, t demoThread, do func(context.Context, *forum.Account, forum.ID, bool) error) event {
	return event{t.Ago.Duration * time.Duration(90-n) / 100, func(ctx context.Context) error {
		return do(ctx, d.other(t.By, n+i), d.threads[i].ID, true)
	}}
}

// other is somebody who is not the author.
func (d *demo) other(author string, n int) *forum.Account {
	p := d.crowd[n%len(d.crowd)]
	if p.Name == author {
		p = d.crowd[(n+len(d.crowd)/2)%len(d.crowd)]
	}
	return p
}

func (d *demo) start(ctx context.Context, i int) error {
	t := d.content.Threads[i]
	n := forum.NewThread{Forum: t.Forum, Kind: forum.ThreadKind(t.Kind), Title: t.Title, Body: t.Body, Language: t.Language}
	if t.Happened > 0 {
		n.Case = &forum.NewCase{Company: t.Company, Product: t.Product, ExperiencedOn: string(forum.DateOf(d.clock.Now().AddDate(0, 0, -t.Happened))), Amount: t.Amount, Currency: t.Currency,
			Wants: t.Wants, Place: t.Place, Feeling: t.Feeling}
	}
	if t.Edited != "" {
		n.Body = t.Edited
	}
	var err error
	if d.threads[i], err = d.service.StartThread(ctx, d.people[t.By], n); err != nil {
		return fmt.Errorf("thread %q: %w", t.Title, err)
	}
	return nil
}

func (d *demo) reply(ctx context.Context, i, n int) error {
	t := d.content.Threads[i]
	r := t.Replies[n]
	reply := forum.NewReply{ThreadID: d.threads[i].ID, Body: r.Body, Language: t.Language}
	if r.To > 0 {
		reply.ParentID = d.replies[[2]int{i, r.To - 1}].ID
	}
	post, err := d.service.Reply(ctx, d.people[r.By], reply)
	if err != nil {
		return fmt.Errorf("reply by %s to %q: %w", r.By, t.Title, err)
	}
	d.replies[[2]int{i, n}] = post
	return nil
}
