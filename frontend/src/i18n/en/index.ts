import account from "./account.json";
import action from "./action.json";
import agents from "./agents.json";
import apiKeys from "./apiKeys.json";
import app from "./app.json";
import audit from "./audit.json";
import backups from "./backups.json";
import bus from "./bus.json";
import category from "./category.json";
import closed from "./closed.json";
import command from "./command.json";
import common from "./common.json";
import configSource from "./configSource.json";
import configType from "./configType.json";
import connection from "./connection.json";
import danger from "./danger.json";
import dangerText from "./dangerText.json";
import diagnostics from "./diagnostics.json";
import error from "./error.json";
import failure from "./failure.json";
import fleet from "./fleet.json";
import keys from "./keys.json";
import link from "./link.json";
import list from "./list.json";
import login from "./login.json";
import map from "./map.json";
import me from "./me.json";
import nav from "./nav.json";
import notFound from "./notFound.json";
import palette from "./palette.json";
import reason from "./reason.json";
import role from "./role.json";
import runs from "./runs.json";
import service from "./service.json";
import services from "./services.json";
import settings from "./settings.json";
import state from "./state.json";
import tokens from "./tokens.json";
import users from "./users.json";
import validation from "./validation.json";
import watch from "./watch.json";

/** All texts, an area each: the first part of every key is the name of its file. */
export default {
  account,
  action,
  agents,
  apiKeys,
  app,
  audit,
  backups,
  bus,
  category,
  closed,
  command,
  common,
  configSource,
  configType,
  connection,
  danger,
  dangerText,
  diagnostics,
  error,
  failure,
  fleet,
  keys,
  link,
  list,
  login,
  map,
  me,
  nav,
  notFound,
  palette,
  reason,
  role,
  runs,
  service,
  services,
  settings,
  state,
  tokens,
  users,
  validation,
  watch,
};
