-- The rule for duplicates says more (decision 0099): the marks are made anew, with what else a duplicate knows.
DELETE FROM store.duplicate_marks;
DELETE FROM store.offsets WHERE cluster = 'warehouse' AND topic = 'duplicates';
ALTER TABLE store.duplicate_marks ADD COLUMN response_id VARCHAR;
ALTER TABLE store.duplicate_marks ADD COLUMN response_model VARCHAR;
ALTER TABLE store.duplicate_marks ADD COLUMN project VARCHAR;
ALTER TABLE store.duplicate_marks ADD COLUMN feature VARCHAR;
