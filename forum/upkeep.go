package forum

import (
	"context"
	"errors"
)

// UpkeepJob does what is due by the time of day rather than by anybody's doing;
// it runs every hour.
type UpkeepJob struct{}

// Kind names the job in the queue.
func (UpkeepJob) Kind() string { return "upkeep" }

// WorkUpkeep does an UpkeepJob.
func (s *Service) WorkUpkeep(ctx context.Context, _ UpkeepJob) error {
	return errors.Join(s.planData(ctx), s.dropDossiers(ctx), s.eraseDeparted(ctx), s.askLinks(ctx), s.forgetKeys(ctx), s.askCases(ctx), s.lookAgain(ctx), s.checkProofs(ctx), s.remindOfRights(ctx), s.alertBursts(ctx), s.dropRemotePictures(ctx))
}
