package forum

import (
	"slices"
	"strings"
)

// There are no pages about people, nor cases against them: whoever trades under
// their own name is reached by the name of what they run. What gives a person
// away is a title, or what somebody is in a company.

var personTitles = []string{
	"m", "mr", "mrs", "ms", "mme", "mlle", "monsieur", "madame", "mademoiselle", "mister", "dr", "docteur", "doctor", "prof", "professeur", "professor", "me", "maitre", "sir", "lady",
	"herr", "frau", "senor", "senora", "signor", "signora",
}

var personRoles = []string{
	"gerant", "gerante", "patron de", "patronne de", "directeur", "directrice", "pdg de", "president de", "presidente de", "employe de", "employee", "vendeur de", "vendeuse de",
	"manager of", "ceo of", "owner of", "director of", "boss of", "employee of", "head of",
}

// companyWords say that a name with a title or a first name in it is a company's.
var companyWords = []string{
	"sarl", "sas", "sasu", "sa", "eurl", "sci", "scop", "snc", "cie", "et fils", "fils", "freres", "groupe", "group", "ltd", "limited", "plc", "llc", "inc", "corp", "gmbh", "ag", "bv", "nv", "spa", "srl",
	"and sons", "sons", "brothers", "bros", "co", "company", "compagnie", "bank", "banque", "hotel", "restaurant", "cafe", "boulangerie", "garage", "pharmacie", "assurances", "insurance", "immobilier",
	"association", "mairie", "ville", "universite", "university", "hopital", "hospital", "school", "ecole", "clinique", "clinic", "telecom", "energie", "energy", "store", "shop", "magasin",
}

// firstNames are common ones: with one of them, two words look like a person.
var firstNames = strings.Fields(`adam agnes alain albert alex alexandre alice amelie andre andrew anna anne antoine arthur audrey aurelie benoit bernard bruno camille carla catherine cecile celine charles
	charlotte chloe christian christine christophe claire claude clement daniel david denis didier dominique edward elise elodie emily emma eric etienne fabien fabrice florence francis franck francois
	frederic gabriel george gerard gilles guillaume guy helene henri herve hugo isabelle jack jacques james jane jean jennifer jerome jessica joel john joseph jules julie julien karim karine kevin laura
	laurence laurent leo lea lionel louis louise lucas lucie luc manon marc marcel margaret marie marine marion mark martine mary mathieu mathilde maurice maxime mehdi michael michel mohamed monique
	nathalie nathan nicolas nicole olivia olivier oscar pascal patricia patrick paul pauline peter philippe pierre quentin raphael raymond rene richard robert roger romain samuel sandra sandrine sara
	sarah sebastien serge simon sophie stephane stephanie susan suzanne sylvie theo thierry thomas tom valerie vincent virginie william xavier yann yves yvonne`)

func wordsOf(name string) []string {
	return strings.FieldsFunc(fold(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

func hasCompanyWord(name string) bool {
	words := " " + strings.Join(wordsOf(name), " ") + " "
	return strings.Contains(name, "&") || slices.ContainsFunc(companyWords, func(w string) bool { return strings.Contains(words, " "+w+" ") })
}

// namesRole says whether a name tells what somebody is in a company.
func namesRole(name string) bool {
	plain := " " + strings.Join(wordsOf(name), " ") + " "
	return slices.ContainsFunc(personRoles, func(role string) bool {
		return strings.Contains(plain, " "+role+" ") && strings.TrimSpace(plain) != role
	})
}

// titled says whether a name begins with a title, as few brands' do; their number
// tells those from people.
func titled(name string) bool {
	words := wordsOf(name)
	if len(words) < 2 || hasCompanyWord(name) {
		return false
	}
	switch words[0] {
	case "m": // not "M 6"
		return strings.HasPrefix(strings.TrimSpace(name), "M. ")
	case "me":
		return strings.HasPrefix(strings.TrimSpace(name), "Me ")
	}
	return slices.Contains(personTitles, words[0])
}

// likePerson says whether a name looks like a first name and a family name. Some
// companies have such names; their site or their number tells.
func likePerson(name string) bool {
	words := wordsOf(name)
	if len(words) < 2 || len(words) > 3 || hasCompanyWord(name) {
		return false
	}
	return slices.Contains(firstNames, words[0])
}
