-- The tables of the first ledger, as it made them (SQLite; on PostgreSQL the one INTEGER primary key is SERIAL).
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
    activity VARCHAR(64) NOT NULL,
    place TEXT NOT NULL,
    date VARCHAR(10) NOT NULL,
    original VARCHAR(64) NOT NULL,
    size BIGINT NOT NULL,
    recipe VARCHAR(32) NOT NULL,
    manifest TEXT NOT NULL,
    findings JSON NOT NULL,
    code VARCHAR(40) NOT NULL,
    attempts INTEGER NOT NULL,
    created FLOAT NOT NULL,
    updated FLOAT NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX jobs_by_created ON jobs (created);
CREATE INDEX jobs_by_state ON jobs (state, updated);
CREATE INDEX jobs_by_original ON jobs (original);
CREATE TABLE leases (
    name VARCHAR(120) NOT NULL,
    holder VARCHAR(80) NOT NULL,
    token INTEGER NOT NULL,
    expires FLOAT NOT NULL,
    PRIMARY KEY (name)
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
