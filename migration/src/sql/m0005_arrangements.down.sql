DROP TABLE installment, settlement_offer, plan_account, plan, promise, settlement_tier, arrangement_limit;
