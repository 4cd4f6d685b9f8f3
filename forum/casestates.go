package forum

// CaseState is where a case stands.
type CaseState string

// The states.
const (
	CaseOpen       CaseState = "open"
	CaseAnswered   CaseState = "answered"   // by the company
	CasePromised   CaseState = "promised"   // the company promised to settle it by a day
	CaseResolved   CaseState = "resolved"   // so its author says
	CaseUnresolved CaseState = "unresolved" // so its author says
	CaseWithdrawn  CaseState = "withdrawn"  // its author does not want to pursue it
	// CasePressured cases were withdrawn because somebody pressed their author to.
	CasePressured CaseState = "withdrawn_under_pressure"
	CaseClosed    CaseState = "closed" // without a verdict
)

// CaseStates lists them in the order in which they are offered.
var CaseStates = []CaseState{CaseOpen, CaseAnswered, CasePromised, CaseResolved, CaseUnresolved, CaseWithdrawn, CasePressured, CaseClosed}

// firstState is where a case of a kind begins: nothing has to be put right after a
// review.
func firstState(kind ThreadKind) CaseState {
	if kind == Grievance {
		return CaseOpen
	}
	return ""
}
