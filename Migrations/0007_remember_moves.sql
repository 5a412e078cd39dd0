-- What a crawl takes from one file and finds in another is the same entity still.

-- The crawl in which everything of the name went the last time; null when that is not known. What comes back in the
-- same crawl has moved: it was never gone.
ALTER TABLE removed_ref ADD COLUMN crawl_id INTEGER;

-- The commit at which the folder was in this state; null when it is not known. What has changed since can be asked for
-- in place of everything that is there.
ALTER TABLE folder ADD COLUMN commit_id TEXT;
-- How many files and folders its list had; null when it is not known.
ALTER TABLE folder ADD COLUMN item_count INTEGER;
