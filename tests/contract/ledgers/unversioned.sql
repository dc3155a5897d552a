-- The tables as the last version before Alembic made them.
CREATE TABLE jobs (
    id VARCHAR(40) NOT NULL,
    state VARCHAR(16) NOT NULL,
    stage VARCHAR(16) NOT NULL,
    percent FLOAT NOT NULL,
    speed FLOAT NOT NULL,
    lane VARCHAR(16) NOT NULL,
    name TEXT NOT NULL,
    programme VARCHAR(64) NOT NULL,
    unit TEXT NOT NULL,
    activity TEXT NOT NULL,
    place TEXT NOT NULL,
    date VARCHAR(10) NOT NULL,
    pair VARCHAR(200) DEFAULT '' NOT NULL,
    side VARCHAR(8) DEFAULT '' NOT NULL,
    original VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    recipe VARCHAR(32) NOT NULL,
    manifest TEXT NOT NULL,
    findings JSON NOT NULL,
    code VARCHAR(40) NOT NULL,
    attempts INTEGER NOT NULL,
    submitter VARCHAR(16) DEFAULT '' NOT NULL,
    queued FLOAT DEFAULT '0' NOT NULL,
    started FLOAT DEFAULT '0' NOT NULL,
    due FLOAT DEFAULT '0' NOT NULL,
    deaths INTEGER DEFAULT '0' NOT NULL,
    needs JSON DEFAULT '{}' NOT NULL,
    created FLOAT NOT NULL,
    updated FLOAT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_pair ON jobs (pair);
CREATE INDEX jobs_by_created ON jobs (created);
CREATE INDEX jobs_by_state ON jobs (state, updated);
CREATE INDEX jobs_by_original ON jobs (original);
CREATE INDEX jobs_in_line ON jobs (state, lane, due);
CREATE TABLE leases (
    name VARCHAR(120) NOT NULL,
    holder VARCHAR(80) NOT NULL,
    token INTEGER NOT NULL,
    expires FLOAT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE turns (
    lane VARCHAR(16) NOT NULL,
    unit TEXT NOT NULL,
    served FLOAT NOT NULL,
    PRIMARY KEY (lane, unit)
);
CREATE TABLE reservations (
    job VARCHAR(40) NOT NULL,
    token INTEGER NOT NULL,
    box VARCHAR(200) NOT NULL,
    needs JSON NOT NULL,
    PRIMARY KEY (job)
);
CREATE INDEX ix_reservations_box ON reservations (box);
CREATE TABLE endings (
    id VARCHAR(40) NOT NULL,
    job VARCHAR(40) NOT NULL,
    state VARCHAR(16) NOT NULL,
    code VARCHAR(40) NOT NULL,
    at FLOAT NOT NULL,
    tries INTEGER NOT NULL,
    due FLOAT,
    told FLOAT,
    PRIMARY KEY (id)
);
CREATE INDEX endings_to_tell ON endings (due);
CREATE INDEX ix_endings_job ON endings (job);
CREATE TABLE tallies (
    name VARCHAR(64) NOT NULL,
    labels VARCHAR(200) NOT NULL,
    value FLOAT NOT NULL,
    PRIMARY KEY (name, labels)
);
CREATE TABLE prints (
    original VARCHAR(64) NOT NULL,
    bits VARCHAR(16) NOT NULL,
    sharpness FLOAT NOT NULL,
    job VARCHAR(40) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (original)
);
CREATE TABLE decisions (
    job VARCHAR(40) NOT NULL,
    decision JSON NOT NULL,
    manifest VARCHAR(512) NOT NULL,
    at FLOAT NOT NULL,
    PRIMARY KEY (job)
);
CREATE TABLE assets (
    "key" VARCHAR(512) NOT NULL,
    manifest VARCHAR(512) NOT NULL,
    name VARCHAR(120) NOT NULL,
    role VARCHAR(16) NOT NULL,
    media_type VARCHAR(80) NOT NULL,
    sha256 VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    width INTEGER,
    height INTEGER,
    duration FLOAT,
    PRIMARY KEY ("key")
);
CREATE INDEX ix_assets_manifest ON assets (manifest);
CREATE TABLE custody (
    id INTEGER NOT NULL,
    subject VARCHAR(64) NOT NULL,
    sequence INTEGER NOT NULL,
    at FLOAT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    job VARCHAR(40) NOT NULL,
    detail JSON NOT NULL,
    previous VARCHAR(64) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (subject, sequence)
);
CREATE TABLE keys (
    id VARCHAR(16) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    label TEXT NOT NULL,
    scopes JSON NOT NULL,
    parent VARCHAR(16) NOT NULL,
    created FLOAT NOT NULL,
    expires FLOAT,
    revoked FLOAT,
    PRIMARY KEY (id)
);
