-- Pictures that stand for people and forums.

ALTER TABLE pictures ADD COLUMN portrait TEXT NOT NULL DEFAULT ''; -- 'icon' or 'banner' of actor_id

ALTER TABLE actors ADD COLUMN icon_small TEXT NOT NULL DEFAULT ''; -- a file of the shelf; local actors only

ALTER TABLE actors ADD COLUMN banner_url TEXT NOT NULL DEFAULT ''; -- local actors only
