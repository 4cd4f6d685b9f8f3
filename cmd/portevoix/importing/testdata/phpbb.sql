#
# phpBB Backup Script
# Dump of tables for board_
# DATE : 11-05-2020 14:16:37 GMT
#
# Table: board_config
DROP TABLE IF EXISTS board_config;
CREATE TABLE `board_config` (
  `config_name` varchar(255) NOT NULL DEFAULT '',
  `config_value` varchar(255) NOT NULL DEFAULT '',
  PRIMARY KEY (`config_name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8 COLLATE=utf8_bin;

INSERT INTO board_config (config_name, config_value) VALUES ('board_email', 'secret@board.example'),('server_name', 'board.example');

# Table: board_attachments
INSERT INTO board_attachments (attach_id, post_msg_id, topic_id, in_message, poster_id, real_filename) VALUES (1, 2, 1, 0, 3, 'bill.pdf'),(2, 9, 0, 1, 3, 'private.pdf');

# Table: board_forums
INSERT INTO board_forums (forum_id, forum_name, forum_password) VALUES (2, 'Phones &amp; lines', ''),(3, 'Moderators', 'hash');

# Table: board_posts
CREATE TABLE `board_posts` (
  `post_id` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `topic_id` int(10) unsigned NOT NULL DEFAULT 0,
  PRIMARY KEY (`post_id`),
  KEY `topic_id` (`topic_id`)
) ENGINE=InnoDB;

INSERT INTO board_posts (post_id, topic_id, forum_id, poster_id, poster_ip, post_time, post_username, post_subject, post_text, bbcode_uid, post_edit_time, post_visibility) VALUES (1, 1, 2, 2, '192.0.2.9', 1146737100, '', 'Cut off', 'They cut my line.\nNo [b:3kx9]warning[/b:3kx9], see <!-- m --><a class=\"postlink\" href=\"http://www.example.org/a_b_c\">http://www.example.org/a_b_c</a><!-- m --> <!-- s:) --><img src=\"{SMILIES_PATH}/smile.gif\" alt=\":)\" title=\"Smile\" /><!-- s:) -->\n[list:3kx9][*:3kx9]one[/*:m:3kx9][*:3kx9]two[/*:m:3kx9][/list:u:3kx9]', '3kx9', 1146738000, 1);
INSERT INTO board_posts (post_id, topic_id, forum_id, poster_id, poster_ip, post_time, post_username, post_subject, post_text, bbcode_uid, post_edit_time, post_visibility) VALUES (2, 1, 2, 3, '192.0.2.9', 1546737100, '', 'Re: Cut off', '<r><QUOTE author=\"Marie\"><s>[quote=\"Marie\"]</s>They cut my line.<e>[/quote]</e></QUOTE>\n\nMine <I><s>[i]</s>too<e>[/i]</e></I>, it\'s 2 * 3 &lt; 7.<br/>\n<URL url=\"https://far.example/\"><s>[url=https://far.example/]</s>look<e>[/url]</e></URL> <IMG src=\"https://far.example/p.png\"><s>[img]</s>https://far.example/p.png<e>[/img]</e></IMG> <COLOR color=\"red\"><s>[color=red]</s>red<e>[/color]</e></COLOR></r>', '', 0, 1),(3, 1, 2, 1, '', 1546737200, 'Passer-by', '', '<t>As a guest</t>', '', 0, 1),(4, 1, 2, 3, '', 1546737300, '', '', '<t>Waits for approval</t>', '', 0, 0),(5, 2, 3, 2, '', 1546737300, '', '', '<t>Among ourselves</t>', '', 0, 1),(6, 3, 2, 3, '', 1546740000, '', '', '<t>Another thread; with a semicolon</t>', '', 0, 1);

# Table: board_privmsgs
INSERT INTO board_privmsgs (msg_id, message_text) VALUES (1, '<t>secret; words</t>');

# Table: board_poll_options
INSERT INTO board_poll_options (poll_option_id, topic_id, poll_option_text) VALUES (1, 3, 'yes'),(2, 3, 'no');

# Table: board_topics
INSERT INTO board_topics (topic_id, forum_id, topic_title, topic_poster, topic_time, topic_status, topic_first_post_id, topic_visibility) VALUES (1, 2, 'Cut off &quot;by mistake&quot;', 2, 1146737100, 1, 1, 1),(2, 3, 'Closed doors', 2, 1546737300, 0, 5, 1),(3, 2, 'Second', 3, 1546740000, 0, 6, 1);

# Table: board_users
INSERT INTO board_users (user_id, user_type, username, user_regdate, user_email, user_password, user_ip) VALUES (1, 2, 'Anonymous', 1100000000, '', '', ''),(2, 3, 'Marie', 1100000000, 'marie@secret.example', '$H$hash', '192.0.2.9'),(3, 0, 'O&#039;Brien', 1200000000, 'o@secret.example', '$H$hash', '');
