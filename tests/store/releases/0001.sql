BEGIN TRANSACTION;
CREATE TABLE "action_definitions" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "name" VARCHAR(200) NOT NULL,
    "label" TEXT NOT NULL,
    "description" TEXT,
    "danger_level" VARCHAR(40) NOT NULL,
    "requires_confirmation" INT NOT NULL,
    "input_schema_json" TEXT NOT NULL,
    "timeout_seconds" INT,
    "enabled" INT NOT NULL,
    "retry_safe" INT NOT NULL,
    "category" TEXT,
    "position" INT,
    "service_id" VARCHAR(80) NOT NULL REFERENCES "capsule_services" ("id") ON DELETE CASCADE,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_action_defi_service_6c753b" UNIQUE ("service_id", "name")
);
INSERT INTO "action_definitions" VALUES('act_0yC1MpURwtsehVbi','2026-11-23T15:46:06.350Z','2026-11-23T15:46:06.350Z','echo','Echo',NULL,'LOW',0,'{"type":"object","properties":{"text":{"type":"string"}}}',NULL,1,0,NULL,NULL,'svc_tbO2AwkLrdzN0PpY','wks_default');
INSERT INTO "action_definitions" VALUES('act_5slF0XVd_pphh_Ox','2026-11-23T15:46:06.350Z','2026-11-23T15:46:06.350Z','rotate','Rotate',NULL,'LOW',0,'{"type":"object","properties":{"password":{"type":"string"}}}',NULL,1,1,NULL,NULL,'svc_tbO2AwkLrdzN0PpY','wks_default');
CREATE TABLE "agent_tokens" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "name" TEXT NOT NULL,
    "status" VARCHAR(40) NOT NULL,
    "last_used_at" VARCHAR(24),
    "revoked_at" VARCHAR(24),
    "agent_id" VARCHAR(80) NOT NULL REFERENCES "agents" ("id") ON DELETE CASCADE
);
INSERT INTO "agent_tokens" VALUES('tok_wmYY_A3bEP6nLAlS','2026-11-23T15:46:06.317Z','2026-11-23T15:46:06.317Z','7422f1cc7c696845ad0b8e9e98965694370654d129a8f88833bc1b64bb64f6bd','Agent token','ACTIVE','2026-11-23T15:46:06.849Z',NULL,'agt_4ZPPCPReJRu5MsAV');
INSERT INTO "agent_tokens" VALUES('tok_11e6Ohhx9JcPNg6C','2026-11-23T15:46:08.019Z','2026-11-23T15:46:08.029Z','4ea2da7572bd35af287f83e3880a9a7cfb4a866d9546e055c147537a872e8072','Agent token','REVOKED',NULL,'2026-11-23T15:46:08.029Z','agt_jhvAXUeUqEINi9ee');
CREATE TABLE "agents" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "code" VARCHAR(200) NOT NULL,
    "name" TEXT,
    "mode" VARCHAR(40) NOT NULL,
    "runtime" VARCHAR(80),
    "status" VARCHAR(40) NOT NULL,
    "status_reason" VARCHAR(80),
    "status_since" VARCHAR(24) NOT NULL,
    "last_heartbeat_at" VARCHAR(24),
    "disabled_at" VARCHAR(24),
    "revoked_at" VARCHAR(24),
    "labels_json" TEXT NOT NULL,
    "hostname" TEXT,
    "sdk" TEXT,
    "connection_generation" BIGINT NOT NULL,
    "last_instance" TEXT,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_agents_workspa_381e60" UNIQUE ("workspace_id", "code")
);
INSERT INTO "agents" VALUES('agt_4ZPPCPReJRu5MsAV','2026-11-23T15:46:06.317Z','2026-11-23T15:46:06.349Z','mailer',NULL,'embedded',NULL,'ONLINE',NULL,'2026-11-23T15:46:06.317Z','2026-11-23T15:46:06.409Z',NULL,NULL,'{"env":"prod"}',NULL,'raw 1',1,'one','wks_default');
INSERT INTO "agents" VALUES('agt_jhvAXUeUqEINi9ee','2026-11-23T15:46:08.019Z','2026-11-23T15:46:08.029Z','gone',NULL,'embedded',NULL,'REVOKED','REVOKED','2026-11-23T15:46:08.029Z','2026-11-23T15:46:08.019Z',NULL,'2026-11-23T15:46:08.029Z','{}',NULL,NULL,0,NULL,'wks_default');
CREATE TABLE "audit_events" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "workspace_id" VARCHAR(80) NOT NULL,
    "actor_type" VARCHAR(40) NOT NULL,
    "actor_id" VARCHAR(200),
    "actor_name" TEXT,
    "action" VARCHAR(160) NOT NULL,
    "target_type" VARCHAR(120),
    "target_id" VARCHAR(200),
    "target_name" TEXT,
    "result" VARCHAR(40) NOT NULL,
    "message" TEXT,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "metadata_json" TEXT NOT NULL
);
INSERT INTO "audit_events" VALUES('aud_-P784UlQ66Iwa3s2','2026-11-23T15:46:05.531Z','wks_default','SYSTEM',NULL,NULL,'system.bootstrap.completed','User','usr_EUz6z1ny2SJgTf36',NULL,'SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784UvW66JUNfe-','2026-11-23T15:46:06.177Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','session.login.succeeded',NULL,NULL,NULL,'SUCCESS',NULL,'127.0.0.1','python-httpx/0.28.1','{}');
INSERT INTO "audit_events" VALUES('aud_-P784Uvh66KMrwbE','2026-11-23T15:46:06.189Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','registration_token.created','RegistrationToken','tok_wque3mArtrHH6vLT','test','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784Uxh66LTLh1p','2026-11-23T15:46:06.317Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','registration_token.consumed','RegistrationToken','tok_wque3mArtrHH6vLT','test','SUCCESS',NULL,'127.0.0.1',NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784Uxh66MV3SeV','2026-11-23T15:46:06.317Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','agent.registered','Agent','agt_4ZPPCPReJRu5MsAV','mailer','SUCCESS',NULL,'127.0.0.1',NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784UyD66OR_Env','2026-11-23T15:46:06.350Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','service.reported','CapsuleService','svc_tbO2AwkLrdzN0PpY','mailer','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784UyY66QTgjNA','2026-11-23T15:46:06.371Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','service.action.requested','CapsuleService','svc_tbO2AwkLrdzN0PpY','mailer','SUCCESS',NULL,NULL,NULL,'{"actionName":"rotate"}');
INSERT INTO "audit_events" VALUES('aud_-P784UyY66RZ07i5','2026-11-23T15:46:06.371Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','command.created','Command','cmd_-P784UyY66PTRCSp','mailer rotate','SUCCESS',NULL,NULL,NULL,'{"serviceId":"svc_tbO2AwkLrdzN0PpY","actionName":"rotate"}');
INSERT INTO "audit_events" VALUES('aud_-P784UyY66ST2-M5','2026-11-23T15:46:06.371Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','command.dispatched','Command','cmd_-P784UyY66PTRCSp','mailer rotate','SUCCESS',NULL,NULL,NULL,'{"attempt":1}');
INSERT INTO "audit_events" VALUES('aud_-P784Uyi66T7woXc','2026-11-23T15:46:06.382Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','command.completed','Command','cmd_-P784UyY66PTRCSp','mailer rotate','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784Uyw66V9NJ4c','2026-11-23T15:46:06.396Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','service.action.requested','CapsuleService','svc_tbO2AwkLrdzN0PpY','mailer','SUCCESS',NULL,NULL,NULL,'{"actionName":"rotate"}');
INSERT INTO "audit_events" VALUES('aud_-P784Uyw66W9ygxy','2026-11-23T15:46:06.396Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','command.created','Command','cmd_-P784Uyw66UFgoPZ','mailer rotate','SUCCESS',NULL,NULL,NULL,'{"serviceId":"svc_tbO2AwkLrdzN0PpY","actionName":"rotate"}');
INSERT INTO "audit_events" VALUES('aud_-P784Uyw66XlEATS','2026-11-23T15:46:06.396Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','command.dispatched','Command','cmd_-P784Uyw66UFgoPZ','mailer rotate','SUCCESS',NULL,NULL,NULL,'{"attempt":1}');
INSERT INTO "audit_events" VALUES('aud_-P784Uz866Yl3ZV7','2026-11-23T15:46:06.409Z','wks_default','AGENT','agt_4ZPPCPReJRu5MsAV','mailer','command.failed','Command','cmd_-P784Uyw66UFgoPZ','mailer rotate','FAILURE','it broke',NULL,NULL,'{"errorCode":"BROKEN"}');
INSERT INTO "audit_events" VALUES('aud_-P784UzR66_MIBHf','2026-11-23T15:46:06.428Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','service.action.requested','CapsuleService','svc_tbO2AwkLrdzN0PpY','mailer','SUCCESS',NULL,NULL,NULL,'{"actionName":"echo"}');
INSERT INTO "audit_events" VALUES('aud_-P784UzR66aYkt4o','2026-11-23T15:46:06.428Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','command.created','Command','cmd_-P784UzR66ZvMhKB','mailer echo','SUCCESS',NULL,NULL,NULL,'{"serviceId":"svc_tbO2AwkLrdzN0PpY","actionName":"echo"}');
INSERT INTO "audit_events" VALUES('aud_-P784VM966b0-xVf','2026-11-23T15:46:07.946Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','registration_token.created','RegistrationToken','tok_KSaB4NFchx2b3hbW','test','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VNI66cUlsRP','2026-11-23T15:46:08.019Z','wks_default','AGENT','agt_jhvAXUeUqEINi9ee','gone','registration_token.consumed','RegistrationToken','tok_KSaB4NFchx2b3hbW','test','SUCCESS',NULL,'127.0.0.1',NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VNI66dakXKe','2026-11-23T15:46:08.019Z','wks_default','AGENT','agt_jhvAXUeUqEINi9ee','gone','agent.registered','Agent','agt_jhvAXUeUqEINi9ee','gone','SUCCESS',NULL,'127.0.0.1',NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VNS66eLDxk7','2026-11-23T15:46:08.029Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','agent.revoked','Agent','agt_jhvAXUeUqEINi9ee','gone','SUCCESS',NULL,NULL,NULL,'{"revokedTokens":1}');
INSERT INTO "audit_events" VALUES('aud_-P784VNZ66fGx9MD','2026-11-23T15:46:08.036Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','registration_token.created','RegistrationToken','tok_tErPccyf1aX-1XJQ','unused','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VNd66gq0yy0','2026-11-23T15:46:08.041Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','registration_token.created','RegistrationToken','tok_GFMi2awOHXDl0KVr','revoked','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VNh66hzW1dH','2026-11-23T15:46:08.045Z','wks_default','USER','usr_EUz6z1ny2SJgTf36','owner','registration_token.revoked','RegistrationToken','tok_GFMi2awOHXDl0KVr','revoked','SUCCESS',NULL,NULL,NULL,'{}');
INSERT INTO "audit_events" VALUES('aud_-P784VVl66iRLlO2','2026-11-23T15:46:08.561Z','wks_default','USER',NULL,'owner','session.login.failed',NULL,NULL,NULL,'FAILURE','Invalid login attempt','127.0.0.1','python-httpx/0.28.1','{"username":"owner"}');
CREATE TABLE "capsule_services" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "code" VARCHAR(80) NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT,
    "version" VARCHAR(80),
    "runtime" VARCHAR(80),
    "status" VARCHAR(40) NOT NULL,
    "status_since" VARCHAR(24) NOT NULL,
    "health_status" VARCHAR(40) NOT NULL,
    "health_message" TEXT,
    "manifest_json" TEXT NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "health_digest" VARCHAR(64) NOT NULL,
    "last_reported_at" VARCHAR(24),
    "last_health_at" VARCHAR(24),
    "agent_id" VARCHAR(80) NOT NULL REFERENCES "agents" ("id") ON DELETE RESTRICT,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_capsule_ser_workspa_9db3df" UNIQUE ("workspace_id", "code")
);
INSERT INTO "capsule_services" VALUES('svc_tbO2AwkLrdzN0PpY','2026-11-23T15:46:06.350Z','2026-11-23T15:46:06.350Z','mailer','Mailer',NULL,NULL,NULL,'HEALTHY','2026-11-23T15:46:06.350Z','UP',NULL,'{"kind":"worker","labels":{"tier":"mail"}}','f1fd5a39ec73ccf98a86766d7abb0518b77bb86f82c17226e512dff42dbeba2c','647a83cca85203d6d4eb07eea84ef6eb91d5c6482eaff2ac8bb65a342b9f2946','2026-11-23T15:46:06.350Z','2026-11-23T15:46:06.350Z','agt_4ZPPCPReJRu5MsAV','wks_default');
CREATE TABLE "command_outputs" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "attempt" INT NOT NULL,
    "lines_json" TEXT NOT NULL,
    "dropped_from" INT NOT NULL,
    "dropped_count" INT NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "command_id" VARCHAR(80) NOT NULL UNIQUE REFERENCES "commands" ("id") ON DELETE CASCADE
);
INSERT INTO "command_outputs" VALUES('out_SVTwxQySdgpVTQXU',1,'[{"stream":"stdout","text":"line 0"},{"stream":"stdout","text":"line 1"},{"stream":"stdout","text":"line 2"}]',3,0,'2026-11-23T15:46:06.382Z','cmd_-P784UyY66PTRCSp');
INSERT INTO "command_outputs" VALUES('out__wdvrQBXsoE5EmYj',1,'[{"stream":"stdout","text":"line 0"},{"stream":"stdout","text":"line 1"},{"stream":"stdout","text":"line 2"}]',3,0,'2026-11-23T15:46:06.409Z','cmd_-P784Uyw66UFgoPZ');
CREATE TABLE "command_results" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "success" INT NOT NULL,
    "message" TEXT,
    "data_json" TEXT NOT NULL,
    "error_json" TEXT NOT NULL,
    "reported_at" VARCHAR(24) NOT NULL,
    "agent_id" VARCHAR(80) NOT NULL REFERENCES "agents" ("id") ON DELETE RESTRICT,
    "command_id" VARCHAR(80) NOT NULL UNIQUE REFERENCES "commands" ("id") ON DELETE CASCADE
);
INSERT INTO "command_results" VALUES('crs_DrpCEYMUm9A6tr4V','2026-11-23T15:46:06.382Z',1,'done','{"n":1}','{}','2026-11-23T15:46:06.382Z','agt_4ZPPCPReJRu5MsAV','cmd_-P784UyY66PTRCSp');
INSERT INTO "command_results" VALUES('crs_bIaLe8HV-A5PN3nP','2026-11-23T15:46:06.409Z',0,'done','{}','{"code":"BROKEN","message":"it broke"}','2026-11-23T15:46:06.409Z','agt_4ZPPCPReJRu5MsAV','cmd_-P784Uyw66UFgoPZ');
CREATE TABLE "commands" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "service_code" VARCHAR(80) NOT NULL,
    "type" VARCHAR(40) NOT NULL,
    "action_name" VARCHAR(200) NOT NULL,
    "status" VARCHAR(40) NOT NULL,
    "payload_json" TEXT NOT NULL,
    "retry_safe" INT NOT NULL,
    "timeout_seconds" INT,
    "idempotency_key" TEXT,
    "attempt" INT NOT NULL,
    "sent" INT NOT NULL,
    "sent_at" VARCHAR(24),
    "started_at" VARCHAR(24),
    "completed_at" VARCHAR(24),
    "expires_at" VARCHAR(24),
    "lease_until" VARCHAR(24),
    "not_before" VARCHAR(24),
    "cancel_requested_at" VARCHAR(24),
    "cancel_reason" TEXT,
    "progress_percent" REAL,
    "progress_message" TEXT,
    "error_code" VARCHAR(80),
    "error_message" TEXT,
    "agent_id" VARCHAR(80) NOT NULL REFERENCES "agents" ("id") ON DELETE RESTRICT,
    "created_by_user_id" VARCHAR(80) REFERENCES "users" ("id") ON DELETE RESTRICT,
    "service_id" VARCHAR(80) NOT NULL REFERENCES "capsule_services" ("id") ON DELETE RESTRICT,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_commands_created_16114f" UNIQUE ("created_by_user_id", "idempotency_key")
);
INSERT INTO "commands" VALUES('cmd_-P784UyY66PTRCSp','2026-11-23T15:46:06.371Z','2026-11-23T15:46:06.382Z','mailer','ACTION_EXECUTE','rotate','SUCCEEDED','{"password":"p1","n":1}',1,NULL,'k1',1,0,'2026-11-23T15:46:06.371Z','2026-11-23T15:46:06.380Z','2026-11-23T15:46:06.382Z','2026-11-23T15:51:06.371Z',NULL,NULL,NULL,NULL,50.0,'half',NULL,NULL,'agt_4ZPPCPReJRu5MsAV','usr_EUz6z1ny2SJgTf36','svc_tbO2AwkLrdzN0PpY','wks_default');
INSERT INTO "commands" VALUES('cmd_-P784Uyw66UFgoPZ','2026-11-23T15:46:06.396Z','2026-11-23T15:46:06.409Z','mailer','ACTION_EXECUTE','rotate','FAILED','{"password":"p2","n":2}',1,NULL,'k2',1,0,'2026-11-23T15:46:06.396Z','2026-11-23T15:46:06.407Z','2026-11-23T15:46:06.409Z','2026-11-23T15:51:06.396Z',NULL,NULL,NULL,NULL,50.0,'half','BROKEN','it broke','agt_4ZPPCPReJRu5MsAV','usr_EUz6z1ny2SJgTf36','svc_tbO2AwkLrdzN0PpY','wks_default');
INSERT INTO "commands" VALUES('cmd_-P784UzR66ZvMhKB','2026-11-23T15:46:06.428Z','2026-11-23T15:46:06.428Z','mailer','ACTION_EXECUTE','echo','PENDING','{"text":"waits"}',0,NULL,NULL,0,0,NULL,NULL,NULL,'2099-01-01T00:00:00.000Z',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'agt_4ZPPCPReJRu5MsAV','usr_EUz6z1ny2SJgTf36','svc_tbO2AwkLrdzN0PpY','wks_default');
CREATE TABLE "config_items" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "config_key" TEXT NOT NULL,
    "label" TEXT,
    "type" VARCHAR(80) NOT NULL,
    "source" TEXT,
    "editable" INT NOT NULL,
    "sensitive" INT NOT NULL,
    "value_preview" TEXT,
    "default_value" TEXT,
    "secret_ref" TEXT,
    "metadata_json" TEXT NOT NULL,
    "service_id" VARCHAR(80) NOT NULL REFERENCES "capsule_services" ("id") ON DELETE CASCADE,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_config_item_service_ffcc82" UNIQUE ("service_id", "config_key")
);
INSERT INTO "config_items" VALUES('cfg_ejic0m1RtnHwbGXN','2026-11-23T15:46:06.350Z','2026-11-23T15:46:06.350Z','interval','Interval','number',NULL,1,0,'60',NULL,NULL,'{}','svc_tbO2AwkLrdzN0PpY','wks_default');
CREATE TABLE "health_reports" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "status" VARCHAR(40) NOT NULL,
    "message" TEXT,
    "details_json" TEXT NOT NULL,
    "reported_at" VARCHAR(24) NOT NULL,
    "agent_id" VARCHAR(80) NOT NULL REFERENCES "agents" ("id") ON DELETE RESTRICT,
    "service_id" VARCHAR(80) NOT NULL REFERENCES "capsule_services" ("id") ON DELETE CASCADE,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT
);
INSERT INTO "health_reports" VALUES('hlr_-P784UyD66NQWE8B','2026-11-23T15:46:06.350Z','UP',NULL,'{}','2026-11-23T15:46:06.350Z','agt_4ZPPCPReJRu5MsAV','svc_tbO2AwkLrdzN0PpY','wks_default');
CREATE TABLE "registration_tokens" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "name" TEXT NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "status" VARCHAR(40) NOT NULL,
    "expires_at" VARCHAR(24),
    "used_at" VARCHAR(24),
    "revoked_at" VARCHAR(24),
    "agent_id" VARCHAR(80) REFERENCES "agents" ("id") ON DELETE RESTRICT,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT
);
INSERT INTO "registration_tokens" VALUES('tok_wque3mArtrHH6vLT','2026-11-23T15:46:06.189Z','2026-11-23T15:46:06.317Z','test','dfff617084c003804d9b234b359bb8ed7a63502c42a5660d0d47f253519cc664','USED',NULL,'2026-11-23T15:46:06.317Z',NULL,'agt_4ZPPCPReJRu5MsAV','wks_default');
INSERT INTO "registration_tokens" VALUES('tok_KSaB4NFchx2b3hbW','2026-11-23T15:46:07.946Z','2026-11-23T15:46:08.019Z','test','6c087f4110cfb28c5f242cdc09cb0a842ca36e4d2adb198ba0a5e747d3180eab','USED',NULL,'2026-11-23T15:46:08.019Z',NULL,'agt_jhvAXUeUqEINi9ee','wks_default');
INSERT INTO "registration_tokens" VALUES('tok_tErPccyf1aX-1XJQ','2026-11-23T15:46:08.036Z','2026-11-23T15:46:08.036Z','unused','e1563efd62d4871f4b9bd66baa24b4068deaff9168263cf481258caf9b415455','ACTIVE',NULL,NULL,NULL,NULL,'wks_default');
INSERT INTO "registration_tokens" VALUES('tok_GFMi2awOHXDl0KVr','2026-11-23T15:46:08.041Z','2026-11-23T15:46:08.045Z','revoked','4a8820f3b4ff962b861570270b9a9bc256203cdf6cbd48e234448c46501ca32a','REVOKED','2026-11-23T16:46:08.041Z',NULL,'2026-11-23T15:46:08.045Z',NULL,'wks_default');
CREATE TABLE "sessions" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "csrf_nonce" TEXT NOT NULL,
    "expires_at" VARCHAR(24) NOT NULL,
    "ip_address" TEXT,
    "user_agent" TEXT,
    "user_id" VARCHAR(80) NOT NULL REFERENCES "users" ("id") ON DELETE CASCADE
);
INSERT INTO "sessions" VALUES('5501862a328589d2eece88dcf3c6a88f27b56ae6b64f6638aad0aba5db4970e2','2026-11-23T15:46:06.177Z','rKHgS-XCVmL0WNcvgjI1BA','2036-11-20T15:46:06.177Z','127.0.0.1','python-httpx/0.28.1','usr_EUz6z1ny2SJgTf36');
CREATE TABLE "system_settings" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "key" VARCHAR(120) NOT NULL,
    "value_json" TEXT NOT NULL,
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_system_sett_workspa_091fc4" UNIQUE ("workspace_id", "key")
);
INSERT INTO "system_settings" VALUES('set_1','2026-11-23T00:00:00.000Z','2026-11-23T00:00:00.000Z','kept','{"deep": [1, null]}','wks_default');
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
INSERT INTO "tortoise_migrations" VALUES(1,'opstage','0001_initial','2026-11-23 15:46:04.549390+00:00');
CREATE TABLE "users" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "username" VARCHAR(320) NOT NULL UNIQUE,
    "password_hash" TEXT NOT NULL,
    "display_name" TEXT,
    "role" VARCHAR(40) NOT NULL,
    "status" VARCHAR(40) NOT NULL,
    "last_login_at" VARCHAR(24),
    "workspace_id" VARCHAR(80) NOT NULL REFERENCES "workspaces" ("id") ON DELETE RESTRICT
);
INSERT INTO "users" VALUES('usr_EUz6z1ny2SJgTf36','2026-11-23T15:46:05.531Z','2026-11-23T15:46:05.531Z','owner','$argon2id$v=19$m=65536,t=3,p=4$iY7xFgUgHjVxkD+U/xY18Q$xVsiEMiLBlOpC6wAJAmsg/m6XsEy+F4Myd6qVcGPEmQ','Administrator','owner','ACTIVE','2026-11-23T15:46:06.177Z','wks_default');
CREATE TABLE "workspaces" (
    "id" VARCHAR(80) NOT NULL  PRIMARY KEY,
    "created_at" VARCHAR(24) NOT NULL,
    "updated_at" VARCHAR(24) NOT NULL,
    "code" VARCHAR(80) NOT NULL UNIQUE,
    "name" VARCHAR(200) NOT NULL,
    "status" VARCHAR(40) NOT NULL
);
INSERT INTO "workspaces" VALUES('wks_default','2026-11-23T15:46:04.550Z','2026-11-23T15:46:04.550Z','default','Default Workspace','ACTIVE');
CREATE INDEX "audit_events_created" ON "audit_events" ("created_at", "id");
CREATE INDEX "audit_events_actor" ON "audit_events" ("actor_type", "actor_id");
CREATE INDEX "audit_events_target" ON "audit_events" ("target_type", "target_id");
CREATE INDEX "audit_events_action" ON "audit_events" ("action", "created_at", "id");
CREATE INDEX "audit_events_result" ON "audit_events" ("result", "created_at", "id");
CREATE INDEX "agents_status" ON "agents" ("status", "created_at", "id");
CREATE INDEX "agents_created" ON "agents" ("created_at", "id");
CREATE INDEX "agents_heartbeat" ON "agents" ("last_heartbeat_at", "id");
CREATE INDEX "agents_name" ON "agents" ("name", "id");
CREATE INDEX "agents_code" ON "agents" ("code", "id");
CREATE INDEX "agent_tokens_agent" ON "agent_tokens" ("agent_id", "status");
CREATE INDEX "capsule_services_status" ON "capsule_services" ("status", "created_at", "id");
CREATE INDEX "capsule_services_agent" ON "capsule_services" ("agent_id");
CREATE INDEX "capsule_services_health" ON "capsule_services" ("health_status", "created_at", "id");
CREATE INDEX "capsule_services_created" ON "capsule_services" ("created_at", "id");
CREATE INDEX "capsule_services_reported" ON "capsule_services" ("last_reported_at", "id");
CREATE INDEX "capsule_services_name" ON "capsule_services" ("name", "id");
CREATE INDEX "capsule_services_code" ON "capsule_services" ("code", "id");
CREATE INDEX "health_reports_service" ON "health_reports" ("service_id", "reported_at");
CREATE INDEX "health_reports_time" ON "health_reports" ("reported_at");
CREATE INDEX "registration_tokens_status" ON "registration_tokens" ("status", "created_at", "id");
CREATE INDEX "registration_tokens_created" ON "registration_tokens" ("created_at", "id");
CREATE INDEX "registration_tokens_expiry" ON "registration_tokens" ("expires_at", "id");
CREATE INDEX "users_created" ON "users" ("created_at", "id");
CREATE INDEX "users_role" ON "users" ("role", "status");
CREATE INDEX "commands_status" ON "commands" ("status", "created_at", "id");
CREATE INDEX "commands_agent" ON "commands" ("agent_id", "status");
CREATE INDEX "commands_agent_created" ON "commands" ("agent_id", "created_at", "id");
CREATE INDEX "commands_service" ON "commands" ("service_id", "created_at", "id");
CREATE INDEX "commands_created" ON "commands" ("created_at", "id");
CREATE INDEX "commands_completed" ON "commands" ("completed_at", "id");
CREATE INDEX "commands_action" ON "commands" ("action_name", "created_at", "id");
CREATE INDEX "command_results_agent" ON "command_results" ("agent_id", "reported_at");
CREATE INDEX "sessions_user" ON "sessions" ("user_id");
CREATE INDEX "sessions_expiry" ON "sessions" ("expires_at");
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tortoise_migrations',1);
COMMIT;
