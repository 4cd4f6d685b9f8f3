--
-- PostgreSQL database dump
--

SET statement_timeout = 0;

COPY public.categories (id, name, read_restricted) FROM stdin;
4	Banks	f
5	Staff	t
\.

COPY public.posts (id, user_id, topic_id, post_number, raw, cooked, created_at, updated_at, reply_to_post_number, deleted_at, hidden, post_type, user_deleted, version, last_version_at) FROM stdin;
101	1	11	1	A fee **appeared**.\n\n![bill|690x388](upload://abc.png)\n\n[poll type=regular]\n* yes\n* no\n[/poll]	<p>x</p>	2021-03-04 05:06:07.891	2021-03-04 05:06:07.891	\N	\N	f	1	f	2	2021-03-05 05:06:07.891
103	1	11	3	[quote="luc, post:2, topic:11"]\nWhich\n[/quote]\n\nThis one	<p>x</p>	2021-03-04 07:06:07	2021-03-04 07:06:07	2	\N	f	1	f	1	2021-03-04 07:06:07
102	2	11	2	Which one? <b>Tell</b> `a <b> tag`	<p>x</p>	2021-03-04 06:06:07	2021-03-04 06:06:07	\N	\N	f	1	f	1	2021-03-04 06:06:07
104	2	11	4	Sorry	<p>x</p>	2021-03-04 08:06:07	2021-03-04 08:06:07	\N	2021-03-04 09:06:07	f	1	f	1	2021-03-04 08:06:07
105	-1	11	5	closed		2021-03-04 08:06:07	2021-03-04 08:06:07	\N	\N	f	3	f	1	2021-03-04 08:06:07
106	1	12	1	Only for you: secret words	<p>x</p>	2021-03-04 08:06:07	2021-03-04 08:06:07	\N	\N	f	1	f	1	2021-03-04 08:06:07
107	1	13	1	Staff only	<p>x</p>	2021-03-04 08:06:07	2021-03-04 08:06:07	\N	\N	f	1	f	1	2021-03-04 08:06:07
108	\N	11	6	An author who left	<p>x</p>	2021-03-04 10:06:07	2021-03-04 10:06:07	4	\N	f	1	f	1	2021-03-04 10:06:07
\.

COPY public.topics (id, title, created_at, user_id, category_id, archetype, closed, archived, visible, deleted_at) FROM stdin;
11	A fee from nowhere	2021-03-04 05:06:07.891	1	4	regular	f	f	t	\N
12	Private title	2021-03-04 05:06:07.891	1	\N	private_message	f	f	t	\N
13	Staff title	2021-03-04 05:06:07.891	1	5	regular	f	f	t	\N
\.

COPY public.user_emails (id, user_id, email) FROM stdin;
1	1	secret@mail.example
\.

COPY public.users (id, username, created_at, name) FROM stdin;
1	ana	2020-01-01 00:00:00	Ana Real Name
2	luc	2020-01-02 00:00:00	\N
\.
