-- The tables. Keys first: every tenant table is keyed by (agency_id, …); foreign keys follow in
-- m0002 (create, distribute, then constrain), row-level security and grants in m0003.
-- Money is bigint minor units; states are text with a named CHECK; ids are UUID version 7.

-- Tenants ---------------------------------------------------------------------------------------

CREATE TABLE agency (
    id                  uuid PRIMARY KEY,
    slug                text NOT NULL CONSTRAINT agency_slug_unique UNIQUE
                        CONSTRAINT agency_slug_form CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    display_name        text NOT NULL,
    -- The name shown before identity is proven: must not reveal debt collection (Reg F 1006.2(j)).
    consumer_name       text NOT NULL,
    currency            text NOT NULL CONSTRAINT agency_currency CHECK (currency IN ('USD', 'CAD')),
    time_zone           text NOT NULL,
    phone               text NOT NULL,
    phone_hours         text NOT NULL,
    postal_address      text NOT NULL,
    status              text NOT NULL CONSTRAINT agency_status CHECK (status IN ('active', 'suspended')),
    -- Funding gate: Visa forbids paying debt with a credit card at collection agencies (MCC 7322).
    blocks_credit_cards boolean NOT NULL DEFAULT true,
    min_part_payment    bigint NOT NULL DEFAULT 2500 CONSTRAINT agency_min_part_payment CHECK (min_part_payment > 0),
    version             bigint NOT NULL DEFAULT 1,
    created_at          timestamptz NOT NULL
);

-- Which agency, and which of its sites, a host name belongs to (read before the tenant is known).
CREATE TABLE agency_host (
    host      text PRIMARY KEY CONSTRAINT agency_host_form CHECK (host = lower(host)),
    agency_id uuid NOT NULL,
    site      text NOT NULL CONSTRAINT agency_host_site CHECK (site IN ('debtor', 'client', 'workspace'))
);

-- Per-agency data keys, wrapped by the key-encryption key of the installation.
CREATE TABLE agency_key (
    agency_id  uuid NOT NULL,
    version    integer NOT NULL,
    data_key   bytea NOT NULL,
    index_key  bytea NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, version)
);

CREATE TABLE platform_admin (
    id            uuid PRIMARY KEY,
    email         text NOT NULL CONSTRAINT platform_admin_email_unique UNIQUE,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL
);

-- People and access -----------------------------------------------------------------------------

CREATE TABLE app_user (
    agency_id       uuid NOT NULL,
    id              uuid NOT NULL,
    kind            text NOT NULL CONSTRAINT app_user_kind CHECK (kind IN ('staff', 'client')),
    creditor_id     uuid,
    email           text NOT NULL CONSTRAINT app_user_email_form CHECK (email = lower(email)),
    name            text NOT NULL,
    staff_role      text CONSTRAINT app_user_staff_role
                    CHECK (staff_role IN ('admin', 'manager', 'collector', 'compliance', 'finance')),
    client_role     text CONSTRAINT app_user_client_role CHECK (client_role IN ('admin', 'placer', 'viewer')),
    password_hash   text,
    status          text NOT NULL CONSTRAINT app_user_status CHECK (status IN ('invited', 'active', 'disabled')),
    -- Raised when roles or password change: tokens and sessions of an older version are refused.
    access_version  bigint NOT NULL DEFAULT 1,
    last_sign_in_at timestamptz,
    version         bigint NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT app_user_email_unique UNIQUE (agency_id, email),
    CONSTRAINT app_user_shape CHECK (
        (kind = 'staff' AND staff_role IS NOT NULL AND client_role IS NULL AND creditor_id IS NULL)
        OR (kind = 'client' AND client_role IS NOT NULL AND staff_role IS NULL AND creditor_id IS NOT NULL))
);

CREATE TABLE invite (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    user_id    uuid NOT NULL,
    purpose    text NOT NULL CONSTRAINT invite_purpose CHECK (purpose IN ('invite', 'reset')),
    token_hash bytea NOT NULL CONSTRAINT invite_token_unique UNIQUE,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);

CREATE TABLE session (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    site         text NOT NULL CONSTRAINT session_site CHECK (site IN ('debtor', 'client', 'workspace')),
    token_hash   bytea NOT NULL CONSTRAINT session_token_unique UNIQUE,
    -- Nobody yet (a visitor), a user, or a debtor whose identity is proven.
    user_id      uuid,
    debtor_id    uuid,
    language     text NOT NULL CONSTRAINT session_language CHECK (language IN ('en', 'es')),
    flash        jsonb,
    -- Answers of a journey of several pages, so that a time-out or Back loses nothing.
    draft        jsonb,
    created_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT session_shape CHECK (user_id IS NULL OR debtor_id IS NULL)
);

CREATE TABLE refresh_token (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    family_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    token_hash bytea NOT NULL CONSTRAINT refresh_token_unique UNIQUE,
    issued_at  timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    revoked_at timestamptz,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX refresh_token_family ON refresh_token (agency_id, family_id);

CREATE TABLE api_key (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    name         text NOT NULL,
    -- Set: the key acts within this creditor (and its children) only.
    creditor_id  uuid,
    permissions  text[] NOT NULL,
    secret_hash  bytea NOT NULL CONSTRAINT api_key_secret_unique UNIQUE,
    created_by   uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    PRIMARY KEY (agency_id, id)
);

-- Counters of failed or costly attempts that a restart must not forget.
CREATE TABLE attempt_limit (
    agency_id     uuid NOT NULL,
    scope         text NOT NULL,
    subject       bytea NOT NULL,
    count         integer NOT NULL,
    window_start  timestamptz NOT NULL,
    blocked_until timestamptz,
    PRIMARY KEY (agency_id, scope, subject)
);

-- A debtor's attempt to sign in: the factors matched, a code or a link went to a channel on file.
CREATE TABLE challenge (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    purpose          text NOT NULL CONSTRAINT challenge_purpose CHECK (purpose IN ('code', 'link')),
    -- The visit that asked for the code, or that opened the link.
    session_id       uuid,
    -- Empty for a miss: the same row, the same work, no mail.
    account_id       uuid,
    debtor_id        uuid,
    contact_point_id uuid,
    code_hash        bytea NOT NULL,
    attempts         integer NOT NULL DEFAULT 0,
    expires_at       timestamptz NOT NULL,
    used_at          timestamptz,
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX challenge_session ON challenge (agency_id, session_id, created_at);
CREATE INDEX challenge_link ON challenge (agency_id, code_hash) WHERE purpose = 'link';

-- Creditors -------------------------------------------------------------------------------------

CREATE TABLE creditor (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    parent_id  uuid,
    code       text NOT NULL,
    name       text NOT NULL,
    status     text NOT NULL CONSTRAINT creditor_status CHECK (status IN ('active', 'closed')),
    version    bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT creditor_code_unique UNIQUE (agency_id, code),
    CONSTRAINT creditor_not_own_parent CHECK (parent_id <> id)
);

-- Contract terms, one row a version; a payment takes the version in force on its effective date.
CREATE TABLE contract (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    creditor_id      uuid NOT NULL,
    effective_on     date NOT NULL,
    commission_rate  numeric(7, 6) NOT NULL
                     CONSTRAINT contract_commission_rate CHECK (commission_rate BETWEEN 0 AND 1),
    -- Buckets in the order in which a payment fills them, e.g. {costs,fees,interest,principal,other}.
    allocation_order text[] NOT NULL CONSTRAINT contract_allocation_order CHECK (
        cardinality(allocation_order) = 5
        AND allocation_order @> ARRAY['principal', 'interest', 'fees', 'costs', 'other']),
    created_at       timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT contract_version_unique UNIQUE (agency_id, creditor_id, effective_on)
);

CREATE TABLE portfolio (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    creditor_id uuid NOT NULL,
    code        text NOT NULL,
    name        text NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT portfolio_code_unique UNIQUE (agency_id, creditor_id, code)
);

-- Placement -------------------------------------------------------------------------------------

CREATE TABLE placement_mapping (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    creditor_id uuid NOT NULL,
    name        text NOT NULL,
    mapping     jsonb NOT NULL,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT placement_mapping_name_unique UNIQUE (agency_id, creditor_id, name)
);

CREATE TABLE placement (
    agency_id      uuid NOT NULL,
    id             uuid NOT NULL,
    creditor_id    uuid NOT NULL,
    portfolio_id   uuid,
    file_name      text NOT NULL,
    file_sha256    bytea NOT NULL,
    byte_size      bigint NOT NULL,
    is_workbook    boolean NOT NULL DEFAULT false,
    mapping        jsonb,
    manifest       jsonb,
    policy         text CONSTRAINT placement_policy CHECK (policy IN ('all_or_nothing', 'valid_lines_only')),
    state          text NOT NULL CONSTRAINT placement_state
                   CHECK (state IN ('received', 'checking', 'checked', 'committing', 'committed', 'refused', 'canceled')),
    refusal_code   text,
    refusal_detail text,
    received       bigint NOT NULL DEFAULT 0,
    accepted       bigint NOT NULL DEFAULT 0,
    rejected       bigint NOT NULL DEFAULT 0,
    duplicate      bigint NOT NULL DEFAULT 0,
    skipped        bigint NOT NULL DEFAULT 0,
    warned         bigint NOT NULL DEFAULT 0,
    -- Dollars by bucket of accepted and rejected rows, as in the acknowledgment.
    totals         jsonb,
    -- Progress of what is running now: rows and bytes of the file.
    rows_done      bigint NOT NULL DEFAULT 0,
    bytes_done     bigint NOT NULL DEFAULT 0,
    started_at     timestamptz,
    -- The agency's day by which the lines were judged; the commit judges by the same.
    checked_on     date,
    committed_by   text,
    uploaded_by    text NOT NULL,
    checked_at     timestamptz,
    committed_at   timestamptz,
    version        bigint NOT NULL DEFAULT 1,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX placement_creditor ON placement (agency_id, creditor_id, created_at DESC);
-- The same bytes twice for the same creditor are refused once a commit has created accounts.
CREATE UNIQUE INDEX placement_file_unique ON placement (agency_id, creditor_id, file_sha256)
    WHERE state = 'committed' AND accepted > 0;

-- Debts -----------------------------------------------------------------------------------------

-- A person or business as the agency knows it; the accounts of one debtor form a packet.
CREATE TABLE debtor (
    agency_id      uuid NOT NULL,
    id             uuid NOT NULL,
    language       text NOT NULL DEFAULT 'en' CONSTRAINT debtor_language CHECK (language IN ('en', 'es')),
    -- Blind indexes by which a packet is found: SSN; name + date of birth + ZIP.
    ssn_index      bytea,
    identity_index bytea,
    -- "LAST FIRST" as compared; with one SSN and another name nobody is joined.
    name_key       text,
    -- Another name came with the same SSN: a person has to look.
    needs_review   boolean NOT NULL DEFAULT false,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX debtor_ssn ON debtor (agency_id, ssn_index) WHERE ssn_index IS NOT NULL;
CREATE INDEX debtor_identity ON debtor (agency_id, identity_index) WHERE identity_index IS NOT NULL;

CREATE TABLE account (
    agency_id             uuid NOT NULL,
    id                    uuid NOT NULL,
    reference             text NOT NULL,
    creditor_id           uuid NOT NULL,
    portfolio_id          uuid NOT NULL,
    placement_id          uuid NOT NULL,
    debtor_id             uuid NOT NULL,
    -- The creditor's account number as it came, and trimmed and upper-cased for comparison.
    client_account_number text NOT NULL,
    client_account_key    text NOT NULL,
    -- The primary debtor's name, for lists; the party holds the parts. The key (last name first,
    -- domain::party::name_key) is compared byte by byte: only so does `^@` use its index.
    debtor_name           text NOT NULL,
    debtor_name_key       text COLLATE "C" NOT NULL,
    status                text NOT NULL CONSTRAINT account_status CHECK (status IN (
        'NEW','ACT','PTP','PLN','SET','BKP','NSF','DSP','CMP','CND','ATY','HLD','BKY','DEC','FRD','LEG','JDG','FWD',
        'PRC','PIF','SIF','CRC','CBK','CDC','CDP','CEX','CSB','CSO','CER','CFR','CDU')),
    status_changed_at     timestamptz NOT NULL,
    closed_at             timestamptz,
    product               text NOT NULL,
    original_creditor     text NOT NULL,
    current_creditor      text NOT NULL,
    service_on            date NOT NULL,
    charge_off_on         date,
    first_delinquency_on  date,
    last_payment_on       date,
    last_payment_amount   bigint,
    last_charge_on        date,
    placed_on             date NOT NULL,
    placement_type        text NOT NULL CONSTRAINT account_placement_type
                          CHECK (placement_type IN ('first', 'second', 'tertiary', 'legal', 'precollect')),
    -- As placed; never changed.
    placed_principal      bigint NOT NULL,
    placed_interest       bigint NOT NULL,
    placed_fees           bigint NOT NULL,
    placed_costs          bigint NOT NULL,
    placed_other          bigint NOT NULL,
    -- As owed now: placed, less the transfers on the ledger `debt`. A check compares them.
    principal             bigint NOT NULL CONSTRAINT account_principal CHECK (principal >= 0),
    interest              bigint NOT NULL CONSTRAINT account_interest CHECK (interest >= 0),
    fees                  bigint NOT NULL CONSTRAINT account_fees CHECK (fees >= 0),
    costs                 bigint NOT NULL CONSTRAINT account_costs CHECK (costs >= 0),
    other                 bigint NOT NULL CONSTRAINT account_other CHECK (other >= 0),
    interest_rate         numeric(9, 6),
    interest_start_on     date,
    interest_authority    text,
    -- Reg F 1006.34(c)(2): itemization date, balance on it, and what happened since.
    itemization_on        date,
    itemization_type      text CONSTRAINT account_itemization_type CHECK (itemization_type IN
                          ('last_statement', 'charge_off', 'last_payment', 'transaction', 'judgment')),
    itemized_balance      bigint,
    interest_since        bigint,
    fees_since            bigint,
    payments_since        bigint,
    credits_since         bigint,
    judgment              jsonb,
    notes                 text,
    desk_id               uuid,
    -- What `next` orders by (domain::worklist::WorkClass); next_work_at is empty when the account
    -- may not be worked: closed, a status that is not worked, a restriction that stops work.
    work_class            smallint NOT NULL CONSTRAINT account_work_class CHECK (work_class BETWEEN 0 AND 8),
    next_work_at          timestamptz,
    -- Who has it in hand, and until when; lapses counts how often it was left without a result.
    lease_user_id         uuid,
    lease_until           timestamptz,
    lapses                integer NOT NULL DEFAULT 0,
    -- The closed account this one places again.
    replaces_account_id   uuid,
    version               bigint NOT NULL DEFAULT 1,
    created_at            timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT account_reference_unique UNIQUE (agency_id, reference),
    CONSTRAINT account_lease CHECK ((lease_user_id IS NULL) = (lease_until IS NULL)),
    CONSTRAINT account_itemization CHECK (itemization_on IS NULL OR itemized_balance + interest_since + fees_since
        - payments_since - credits_since = placed_principal + placed_interest + placed_fees + placed_costs + placed_other)
);
CREATE UNIQUE INDEX account_open_unique ON account (agency_id, creditor_id, client_account_key)
    WHERE closed_at IS NULL;
CREATE INDEX account_creditor ON account (agency_id, creditor_id, id);
CREATE INDEX account_number ON account (agency_id, client_account_key, creditor_id);
CREATE INDEX account_debtor ON account (agency_id, debtor_id);
CREATE INDEX account_name ON account (agency_id, debtor_name_key);
CREATE INDEX account_placement ON account (agency_id, placement_id);
-- The worklist: its leading columns are what `next` filters by.
CREATE INDEX account_worklist ON account (agency_id, desk_id, work_class, next_work_at, id)
    WHERE next_work_at IS NOT NULL AND closed_at IS NULL;
CREATE INDEX account_desk ON account (agency_id, desk_id, id) WHERE desk_id IS NOT NULL AND closed_at IS NULL;
CREATE INDEX account_lease_user ON account (agency_id, lease_user_id) WHERE lease_user_id IS NOT NULL;
CREATE INDEX account_unassigned ON account (agency_id, id) WHERE desk_id IS NULL AND closed_at IS NULL;

CREATE TABLE party (
    agency_id     uuid NOT NULL,
    id            uuid NOT NULL,
    account_id    uuid NOT NULL,
    creditor_id   uuid NOT NULL,
    -- The primary debtor's debtor; other parties have none.
    debtor_id     uuid,
    role          text NOT NULL CONSTRAINT party_role CHECK (role IN ('primary', 'co_debtor', 'guarantor', 'attorney')),
    kind          text NOT NULL CONSTRAINT party_kind CHECK (kind IN ('consumer', 'business')),
    first_name    text,
    middle_name   text,
    last_name     text,
    suffix        text,
    business_name text,
    relationship  text,
    -- XChaCha20-Poly1305 by the agency's data key; the index is a keyed HMAC of the normalised value.
    ssn           bytea,
    ssn_index     bytea,
    ssn_last4_index bytea,
    tax_id        bytea,
    tax_id_index  bytea,
    birth_date    bytea,
    birth_date_index bytea,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT party_shape CHECK (last_name IS NOT NULL OR business_name IS NOT NULL)
);
CREATE INDEX party_account ON party (agency_id, account_id);

CREATE TABLE contact_point (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    account_id  uuid NOT NULL,
    party_id    uuid NOT NULL,
    creditor_id uuid NOT NULL,
    debtor_id   uuid,
    kind        text NOT NULL CONSTRAINT contact_point_kind CHECK (kind IN ('address', 'phone', 'email')),
    -- Phone in E.164, e-mail in lower case; empty for an address.
    value       text,
    address1    text,
    address2    text,
    city        text,
    state       text,
    zip         text,
    country     text,
    phone_type  text,
    consent     boolean,
    source      text,
    bad         boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT contact_point_shape CHECK ((kind = 'address') = (value IS NULL))
);
CREATE INDEX contact_point_account ON contact_point (agency_id, account_id);
CREATE INDEX contact_point_email ON contact_point (agency_id, value) WHERE kind = 'email';

CREATE TABLE restriction (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    account_id uuid NOT NULL,
    creditor_id uuid NOT NULL,
    debtor_id  uuid NOT NULL,
    kind       text NOT NULL CONSTRAINT restriction_kind CHECK (kind IN (
        'bankruptcy', 'deceased', 'identity_theft', 'attorney', 'cease', 'dispute', 'scra', 'minor',
        'inconvenient_time', 'inconvenient_place', 'no_itemization', 'hold')),
    detail     jsonb,
    source     text NOT NULL,
    set_at     timestamptz NOT NULL,
    lifted_at  timestamptz,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX restriction_account ON restriction (agency_id, account_id) WHERE lifted_at IS NULL;

-- Append-only.
CREATE TABLE timeline_entry (
    agency_id      uuid NOT NULL,
    id             uuid NOT NULL,
    account_id     uuid NOT NULL,
    creditor_id    uuid NOT NULL,
    debtor_id      uuid NOT NULL,
    kind           text NOT NULL CONSTRAINT timeline_entry_kind CHECK (kind IN (
        'placed', 'status_changed', 'restriction_set', 'restriction_lifted', 'note', 'contact_point_added',
        'contact_point_flagged', 'assigned', 'worked', 'linked', 'unlinked', 'debtor_signed_in', 'payment_posted',
        'payment_reversed', 'payment_failed', 'mail_sent')),
    at             timestamptz NOT NULL,
    actor_kind     text NOT NULL,
    actor_id       uuid,
    actor_name     text,
    summary        text NOT NULL,
    detail         jsonb,
    client_visible boolean NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX timeline_account ON timeline_entry (agency_id, account_id, id DESC);

-- Desks -----------------------------------------------------------------------------------------

CREATE TABLE desk (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    name        text NOT NULL,
    -- The agent whose desk it is; none: a pool.
    user_id     uuid,
    active      boolean NOT NULL DEFAULT true,
    -- The most open accounts it takes; none: no limit.
    cap         integer CONSTRAINT desk_cap CHECK (cap >= 0),
    weight      integer NOT NULL DEFAULT 1 CONSTRAINT desk_weight CHECK (weight BETWEEN 1 AND 1000),
    min_balance bigint,
    max_balance bigint,
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT desk_name_unique UNIQUE (agency_id, name)
);

-- Append-only: which desk had an account, since when, by what rule.
CREATE TABLE assignment (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid NOT NULL,
    from_desk_id uuid,
    desk_id      uuid,
    rule         text NOT NULL,
    assigned_at  timestamptz NOT NULL,
    assigned_by  text NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX assignment_account ON assignment (agency_id, account_id, id DESC);

-- Append-only: the result of one action on an account.
CREATE TABLE work_result (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    account_id   uuid NOT NULL,
    user_id      uuid NOT NULL,
    disposition  text NOT NULL,
    attempt      boolean NOT NULL,
    conversation boolean NOT NULL,
    note         text,
    next_work_at timestamptz,
    at           timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX work_result_account ON work_result (agency_id, account_id, id DESC);
CREATE INDEX work_result_user ON work_result (agency_id, user_id, at);

-- Money -----------------------------------------------------------------------------------------

CREATE TABLE trust_account (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    name       text NOT NULL,
    bank_last4 text,
    is_default boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE UNIQUE INDEX trust_account_default ON trust_account (agency_id) WHERE is_default;

CREATE TABLE payment (
    agency_id           uuid NOT NULL,
    id                  uuid NOT NULL,
    account_id          uuid NOT NULL,
    creditor_id         uuid NOT NULL,
    debtor_id           uuid NOT NULL,
    kind                text NOT NULL CONSTRAINT payment_kind CHECK (kind IN
                        ('paid_agency', 'paid_creditor', 'paid_agency_return', 'paid_creditor_return')),
    method              text NOT NULL CONSTRAINT payment_method CHECK (method IN
                        ('online', 'card', 'ach', 'check', 'cash', 'wire', 'money_order')),
    state               text NOT NULL CONSTRAINT payment_state CHECK (state IN
                        ('created', 'session_open', 'processing', 'succeeded', 'reversed', 'failed', 'expired', 'canceled')),
    amount              bigint NOT NULL CONSTRAINT payment_amount CHECK (amount > 0),
    -- Of the amount: what reduced the debt, and what was too much (belongs to the debtor).
    applied             bigint,
    overpaid            bigint,
    source              text NOT NULL CONSTRAINT payment_source CHECK (source IN ('portal', 'staff', 'api', 'gateway')),
    -- The one-time form token or the idempotency key's payment: a double submit is the same row.
    form_id             uuid,
    gateway_account_id  uuid,
    customer_id         text,
    checkout_session_id text,
    checkout_url        text,
    session_expires_at  timestamptz,
    payment_intent_id   text,
    charge_id           text,
    card_brand          text,
    last4               text,
    card_funding        text,
    failure_code        text,
    processor_fee       bigint,
    -- The pre-payment disclosure as it was shown: hash and time.
    disclosure_sha256   bytea,
    disclosed_at        timestamptz,
    -- Snapshot at posting.
    contract_id         uuid,
    commission_rate     numeric(7, 6),
    commission          bigint,
    reverses_id         uuid,
    reversal_reason     text CONSTRAINT payment_reversal_reason CHECK (reversal_reason IN ('bounce', 'correction', 'refund')),
    memo                text,
    effective_on        date,
    entered_at          timestamptz NOT NULL,
    posted_at           timestamptz,
    deposited_on        date,
    available_on        date,
    entered_by          text NOT NULL,
    version             bigint NOT NULL DEFAULT 1,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT payment_form_unique UNIQUE (agency_id, form_id),
    CONSTRAINT payment_reversed_once UNIQUE (agency_id, reverses_id),
    CONSTRAINT payment_reversal_shape CHECK ((reverses_id IS NULL) = (reversal_reason IS NULL)),
    CONSTRAINT payment_split CHECK (applied + overpaid = amount AND applied >= 0 AND overpaid >= 0),
    CONSTRAINT payment_posted_shape CHECK (posted_at IS NULL OR (applied IS NOT NULL AND overpaid IS NOT NULL
        AND commission IS NOT NULL AND effective_on IS NOT NULL AND available_on IS NOT NULL))
);
CREATE INDEX payment_account ON payment (agency_id, account_id, id DESC);
CREATE INDEX payment_creditor ON payment (agency_id, creditor_id, id DESC);
CREATE INDEX payment_session ON payment (agency_id, checkout_session_id) WHERE checkout_session_id IS NOT NULL;
CREATE INDEX payment_intent ON payment (agency_id, payment_intent_id) WHERE payment_intent_id IS NOT NULL;
CREATE INDEX payment_charge ON payment (agency_id, charge_id) WHERE charge_id IS NOT NULL;
CREATE INDEX payment_open ON payment (agency_id, state, id) WHERE state IN ('created', 'session_open', 'processing');
-- One open checkout session per account.
CREATE UNIQUE INDEX payment_one_open_session ON payment (agency_id, account_id) WHERE state = 'session_open';

-- Append-only: how a posted payment was allocated, with its commission, line by line.
CREATE TABLE payment_line (
    agency_id  uuid NOT NULL,
    payment_id uuid NOT NULL,
    bucket     text NOT NULL CONSTRAINT payment_line_bucket
               CHECK (bucket IN ('principal', 'interest', 'fees', 'costs', 'other')),
    amount     bigint NOT NULL CONSTRAINT payment_line_amount CHECK (amount > 0),
    rate       numeric(7, 6) NOT NULL,
    commission bigint NOT NULL CONSTRAINT payment_line_commission CHECK (commission BETWEEN 0 AND amount),
    PRIMARY KEY (agency_id, payment_id, bucket)
);

-- The ledger: transfers, balanced by construction (one debit, one credit, one positive amount).
-- Append-only: nobody may update or delete; a correction is a transfer that names its original.
CREATE TABLE transfer (
    agency_id        uuid NOT NULL,
    id               uuid NOT NULL,
    txn_id           uuid NOT NULL,
    line             smallint NOT NULL,
    debit_ledger     text NOT NULL,
    credit_ledger    text NOT NULL,
    amount           bigint NOT NULL CONSTRAINT transfer_amount CHECK (amount > 0),
    trust_account_id uuid,
    creditor_id      uuid,
    account_id       uuid,
    debtor_id        uuid,
    bucket           text CONSTRAINT transfer_bucket CHECK (bucket IN ('principal', 'interest', 'fees', 'costs', 'other')),
    payment_id       uuid,
    effective_on     date NOT NULL,
    entered_at       timestamptz NOT NULL,
    posted_at        timestamptz NOT NULL,
    deposited_on     date,
    available_on     date NOT NULL,
    -- What caused it: the same cause posts once.
    source_type      text NOT NULL,
    source_id        uuid NOT NULL,
    effect           text NOT NULL,
    reverses_id      uuid,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT transfer_posts_once UNIQUE (agency_id, source_type, source_id, effect, line),
    CONSTRAINT transfer_two_ledgers CHECK (debit_ledger <> credit_ledger),
    CONSTRAINT transfer_within_one_book CHECK (
        (debit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND credit_ledger IN ('trust_cash', 'processor_clearing', 'client_payable', 'agency_earned', 'debtor_credit', 'unidentified', 'costs_advanced')
            AND trust_account_id IS NOT NULL)
        OR (debit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust')
            AND credit_ledger IN ('op_cash', 'client_receivable', 'commission_revenue', 'processor_fees', 'tax_payable', 'due_to_trust'))
        OR (debit_ledger IN ('debt', 'debt_paid', 'debt_adjusted')
            AND credit_ledger IN ('debt', 'debt_paid', 'debt_adjusted')
            AND account_id IS NOT NULL AND bucket IS NOT NULL)),
    CONSTRAINT transfer_owner CHECK (
        (debit_ledger NOT IN ('client_payable', 'client_receivable', 'costs_advanced')
            AND credit_ledger NOT IN ('client_payable', 'client_receivable', 'costs_advanced')) OR creditor_id IS NOT NULL)
);
CREATE INDEX transfer_trust ON transfer (agency_id, trust_account_id, posted_at)
    INCLUDE (debit_ledger, credit_ledger, amount, creditor_id);
CREATE INDEX transfer_creditor ON transfer (agency_id, creditor_id, posted_at)
    INCLUDE (debit_ledger, credit_ledger, amount) WHERE creditor_id IS NOT NULL;
CREATE INDEX transfer_account ON transfer (agency_id, account_id) WHERE account_id IS NOT NULL;
CREATE INDEX transfer_payment ON transfer (agency_id, payment_id) WHERE payment_id IS NOT NULL;

-- Payment gateway -------------------------------------------------------------------------------

CREATE TABLE gateway_account (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    -- Own keys of the agency, a connected account of the platform, or the simulator.
    mode               text NOT NULL CONSTRAINT gateway_account_mode CHECK (mode IN ('own_keys', 'connect', 'sandbox')),
    provider_account   text,
    -- Encrypted by the agency's data key.
    secret_key         bytea NOT NULL,
    webhook_secret     bytea NOT NULL,
    previous_webhook_secret bytea,
    -- The random last part of the webhook address.
    webhook_endpoint   text NOT NULL CONSTRAINT gateway_account_endpoint_unique UNIQUE,
    active             boolean NOT NULL DEFAULT true,
    polled_until       timestamptz,
    version            bigint NOT NULL DEFAULT 1,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE UNIQUE INDEX gateway_account_active ON gateway_account (agency_id) WHERE active;

CREATE TABLE gateway_customer (
    agency_id          uuid NOT NULL,
    gateway_account_id uuid NOT NULL,
    debtor_id          uuid NOT NULL,
    customer_id        text NOT NULL,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (agency_id, gateway_account_id, debtor_id)
);

-- The journal of calls: written before the call is made, with the key and the exact body.
CREATE TABLE gateway_call (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    gateway_account_id uuid NOT NULL,
    payment_id         uuid,
    op                 text NOT NULL,
    idempotency_key    text NOT NULL,
    method             text NOT NULL,
    path               text NOT NULL,
    body               text NOT NULL,
    state              text NOT NULL CONSTRAINT gateway_call_state
                       CHECK (state IN ('planned', 'sent', 'done', 'failed', 'unknown', 'abandoned')),
    http_status        integer,
    request_id         text,
    response           text,
    error              text,
    attempts           integer NOT NULL DEFAULT 0,
    -- Sending it again would only repeat a kept answer that says nothing: look instead.
    look_up            boolean NOT NULL DEFAULT false,
    next_at            timestamptz NOT NULL,
    created_at         timestamptz NOT NULL,
    sent_at            timestamptz,
    done_at            timestamptz,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT gateway_call_key_unique UNIQUE (agency_id, idempotency_key)
);
CREATE INDEX gateway_call_payment ON gateway_call (agency_id, payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX gateway_call_open ON gateway_call (agency_id, next_at) WHERE state IN ('planned', 'sent', 'unknown');

-- The inbox of events: stored as they came, answered, processed later.
CREATE TABLE gateway_event (
    agency_id          uuid NOT NULL,
    id                 uuid NOT NULL,
    gateway_account_id uuid NOT NULL,
    event_id           text NOT NULL,
    event_type         text NOT NULL,
    object_id          text,
    payload            bytea NOT NULL,
    received_via       text NOT NULL CONSTRAINT gateway_event_via CHECK (received_via IN ('webhook', 'poll')),
    state              text NOT NULL CONSTRAINT gateway_event_state CHECK (state IN ('pending', 'done', 'ignored', 'failed')),
    attempts           integer NOT NULL DEFAULT 0,
    error              text,
    received_at        timestamptz NOT NULL,
    processed_at       timestamptz,
    PRIMARY KEY (agency_id, id),
    CONSTRAINT gateway_event_unique UNIQUE (agency_id, gateway_account_id, event_id)
);

-- Work in the background, mail, idempotency, audit ------------------------------------------------

CREATE TABLE job (
    agency_id   uuid NOT NULL,
    id          uuid NOT NULL,
    kind        text NOT NULL,
    payload     jsonb NOT NULL,
    run_at      timestamptz NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    done_at     timestamptz,
    -- Given up after the last attempt: a person has to look.
    failed_at   timestamptz,
    last_error  text,
    -- At most one open job a key.
    dedupe_key  text,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX job_due ON job (run_at) WHERE done_at IS NULL AND failed_at IS NULL;
CREATE UNIQUE INDEX job_dedupe ON job (agency_id, dedupe_key)
    WHERE dedupe_key IS NOT NULL AND done_at IS NULL AND failed_at IS NULL;

CREATE TABLE mail (
    agency_id  uuid NOT NULL,
    id         uuid NOT NULL,
    kind       text NOT NULL,
    debtor_id  uuid,
    account_id uuid,
    recipient  text NOT NULL,
    subject    text NOT NULL,
    -- Emptied once it is sent: a code or a balance has no business staying here.
    body       text,
    state      text NOT NULL CONSTRAINT mail_state CHECK (state IN ('queued', 'sent', 'failed')),
    created_at timestamptz NOT NULL,
    sent_at    timestamptz,
    PRIMARY KEY (agency_id, id)
);

CREATE TABLE idempotency_key (
    agency_id   uuid NOT NULL,
    principal   uuid NOT NULL,
    key         text NOT NULL,
    operation   text NOT NULL,
    fingerprint bytea NOT NULL,
    -- What the use case answered; written in the transaction of its effect.
    answer      jsonb NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (agency_id, principal, key)
);

-- Append-only.
CREATE TABLE audit (
    agency_id    uuid NOT NULL,
    id           uuid NOT NULL,
    at           timestamptz NOT NULL,
    actor_kind   text NOT NULL,
    actor_id     uuid,
    actor_name   text NOT NULL,
    action       text NOT NULL,
    subject_type text NOT NULL,
    subject_id   uuid,
    before       jsonb,
    after        jsonb,
    reason       text,
    request_id   text,
    PRIMARY KEY (agency_id, id)
);
CREATE INDEX audit_subject ON audit (agency_id, subject_type, subject_id, id DESC);

-- The bytes of an uploaded file, unpacked, until it is committed or given up.
CREATE TABLE placement_file (
    agency_id    uuid NOT NULL,
    placement_id uuid NOT NULL,
    seq          integer NOT NULL,
    bytes        bytea NOT NULL,
    PRIMARY KEY (agency_id, placement_id, seq)
);
ALTER TABLE placement_file ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- What the check knows of each line: not in the write-ahead log; lost in a crash, made again from the file.
-- It holds no secret; debtors' particulars are read from the file when it is committed.
CREATE UNLOGGED TABLE placement_line (
    agency_id             uuid NOT NULL,
    placement_id          uuid NOT NULL,
    line_no               bigint NOT NULL,
    verdict               text NOT NULL CONSTRAINT placement_line_verdict CHECK (verdict IN ('good', 'rejected', 'duplicate')),
    client_account_number text,
    client_account_key    text,
    debtor_name           text,
    -- "LAST FIRST", by which two lines with one SSN are the same person.
    name_key              text,
    ssn_index             bytea,
    identity_index        bytea,
    principal             bigint NOT NULL,
    interest              bigint NOT NULL,
    fees                  bigint NOT NULL,
    costs                 bigint NOT NULL,
    other                 bigint NOT NULL,
    unreadable            boolean NOT NULL,
    -- The account and debtor that the commit makes; another line's or an old debtor's in a packet.
    account_id            uuid NOT NULL,
    debtor_id             uuid NOT NULL,
    makes_debtor          boolean NOT NULL DEFAULT true,
    needs_review          boolean NOT NULL DEFAULT false,
    replaces_account_id   uuid,
    PRIMARY KEY (agency_id, placement_id, line_no)
);

CREATE TABLE placement_finding (
    agency_id    uuid NOT NULL,
    placement_id uuid NOT NULL,
    line_no      bigint NOT NULL,
    seq          smallint NOT NULL,
    severity     text NOT NULL CONSTRAINT placement_finding_severity CHECK (severity IN ('error', 'warning')),
    column_name  text,
    code         text NOT NULL,
    value        text,
    reason       text NOT NULL,
    fix          text,
    PRIMARY KEY (agency_id, placement_id, line_no, seq)
);
