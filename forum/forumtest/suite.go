package forumtest

import "testing"

// Run runs the suite. open returns a new, empty, migrated store, and closes it
// at the end of the test.
func Run(t *testing.T, open func(t *testing.T) Store) {
	for name, test := range map[string]func(*testing.T, func(*testing.T) Store){
		"Accounts":          testAccounts,
		"SignIn":            testSignIn,
		"Links":             testLinks,
		"SecondStep":        testSecondStep,
		"Passkeys":          testPasskeys,
		"Identities":        testIdentities,
		"Registration":      testRegistration,
		"Tokens":            testTokens,
		"Sessions":          testSessions,
		"Export":            testExport,
		"ProfileFields":     testProfileFields,
		"Departures":        testDepartures,
		"Moves":             testMoves,
		"Pins":              testPins,
		"Filters":           testFilters,
		"Import":            testImport,
		"Cards":             testCards,
		"HeldPosts":         testHeldPosts,
		"Drafts":            testDrafts,
		"Pictures":          testPictures,
		"Recordings":        testRecordings,
		"Portraits":         testPortraits,
		"StartThread":       testStartThread,
		"Reply":             testReply,
		"ReplyTree":         testReplyTree,
		"Tombstones":        testTombstones,
		"Edit":              testEdit,
		"Delete":            testDelete,
		"Votes":             testVotes,
		"Follows":           testFollows,
		"FollowThreads":     testFollowThreads,
		"Home":              testHome,
		"Blocks":            testBlocks,
		"Notifications":     testNotifications,
		"Groups":            testNotificationGroups,
		"Followers":         testFollowers,
		"MailAtOnce":        testMailAtOnce,
		"MailDigests":       testMailDigests,
		"Unsubscribe":       testUnsubscribe,
		"Pushes":            testPushes,
		"Reports":           testReports,
		"Forums":            testForums,
		"Directory":         testDirectory,
		"ThreadLists":       testThreadLists,
		"TopThreads":        testTopThreads,
		"Visits":            testVisits,
		"ThreadWithReplies": testThreadWithReplies,
		"Erase":             testErase,
		"ReceivePosts":      testReceivePosts,
		"ReceiveEdits":      testReceiveEdits,
		"ReceiveVotes":      testReceiveVotes,
		"ReceiveUndo":       testReceiveUndo,
		"ReceiveFollow":     testReceiveFollow,
		"Audience":          testAudience,
		"ReceiveTwice":      testReceiveTwice,
		"Resolve":           testResolve,
		"RecentReplies":     testRecentReplies,
		"Search":            testSearch,
		"SearchActors":      testSearchActors,
		"Sitemap":           testSitemap,
		"Rollback":          testRollback,
		"Concurrency":       testConcurrency,
		"Tags":              testTags,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // each has a store of its own
			test(t, open)
		})
	}
}
