package mastodon

import (
	"math"
	"slices"

	"portevoix/forum"
)

// pushEntity is where an app is pushed notifications, and which.
type pushEntity struct {
	ID        int32           `json:"id"` // a small number, as apps expect; nothing is asked for by it
	Endpoint  string          `json:"endpoint"`
	Standard  bool            `json:"standard"`
	Alerts    map[string]bool `json:"alerts"`
	Policy    string          `json:"policy"`
	ServerKey string          `json:"server_key"`
}

func (a *API) answerPush(c *call, p *forum.AppPush) error {
	key, err := a.service.PushKey(c.r.Context())
	if err != nil {
		return err
	}
	e := pushEntity{ID: int32(p.ID & math.MaxInt32), Endpoint: p.Endpoint, Standard: p.Standard, Alerts: map[string]bool{}, Policy: string(p.Policy), ServerKey: key}
	for _, name := range forum.AppAlerts {
		e.Alerts[name] = slices.Contains(p.Alerts, name)
	}
	return c.ok(e)
}

// alerts reads which notifications an app wants to be pushed.
func (c *call) alerts() (list []string, policy forum.AppPushPolicy) {
	for _, name := range forum.AppAlerts {
		if c.in.is("data[alerts][" + name + "]") {
			list = append(list, name)
		}
	}
	if policy = forum.AppPushPolicy(c.in.get("data[policy]")); policy == "" { // where some libraries put it
		policy = forum.AppPushPolicy(c.in.get("policy"))
	}
	return list, policy
}

func (a *API) showPush(c *call) error {
	p, err := a.service.AppPushOf(c.r.Context(), c.token)
	if err != nil {
		return err
	}
	return a.answerPush(c, p)
}

func (a *API) addPush(c *call) error {
	p := forum.AppPush{
		Endpoint: c.in.get("subscription[endpoint]"), Key: c.in.get("subscription[keys][p256dh]"), Auth: c.in.get("subscription[keys][auth]"), Standard: c.in.is("subscription[standard]"),
	}
	p.Alerts, p.Policy = c.alerts()
	made, err := a.service.AddAppPush(c.r.Context(), c.viewer, c.token, c.secret, p)
	if err != nil {
		return err
	}
	return a.answerPush(c, made)
}

func (a *API) changePush(c *call) error {
	alerts, policy := c.alerts()
	p, err := a.service.ChangeAppPush(c.r.Context(), c.token, alerts, policy)
	if err != nil {
		return err
	}
	return a.answerPush(c, p)
}

func (a *API) removePush(c *call) error {
	if err := a.service.RemoveAppPush(c.r.Context(), c.token); err != nil {
		return err
	}
	return c.done()
}
