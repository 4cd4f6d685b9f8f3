package forum

import (
	"context"
	"unicode/utf8"
)

// productsOffered bounds the products that are offered of one company.
const productsOffered = 50

// CompleteCompany lists pages about companies whose name, alias or a word of them
// begins so. It returns Unauthenticated to whoever is not signed in.
func (s *Service) CompleteCompany(ctx context.Context, by *Account, begun string) ([]Company, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if n := utf8.RuneCountInString(begun); n < 2 || n > maxBegun {
		return nil, nil
	}
	return s.store.CompaniesBeginning(ctx, begun, completionsShown)
}

// CompleteProduct lists the products of a company, which is named as a case names
// it; none where it has no page.
func (s *Service) CompleteProduct(ctx context.Context, by *Account, company string) ([]Product, error) {
	if by == nil {
		return nil, &Error{Code: Unauthenticated, Key: "SignInFirst"}
	}
	if company == "" || utf8.RuneCountInString(company) > maxBegun {
		return nil, nil
	}
	page, err := s.companyNamed(ctx, s.store, &Case{Company: company})
	if CodeOf(err) == NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.store.Products(ctx, page.ID, productsOffered)
}
