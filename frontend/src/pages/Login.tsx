import { Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";
import { Navigate, useLocation } from "react-router";
import { ApiError } from "../api/errors";
import { useLogin, useSession } from "../api/session";
import { ErrorNote } from "../components/ErrorNote";
import { LoginPreferences } from "../components/LoginPreferences";
import { useTitle } from "../components/useTitle";

interface Credentials {
  username: string;
  password: string;
}

/** The way in; afterwards one is where one wanted to be. */
export function Login() {
  const { t } = useTranslation();
  const session = useSession();
  useTitle(t("login.submit"));
  const came = useLocation().state as { from?: string; kept?: unknown; ended?: boolean } | null;
  if (session.data) return <Navigate to={came?.from ?? "/"} replace state={came?.kept} />;
  return (
    <main className="login">
      <div className="login__card">
        <img src="/favicon.svg" width={44} height={44} alt="" />
        <h1>{t("app.name")}</h1>
        <p className="faint">{t("app.tagline")}</p>
        {came?.ended === true && (
          <p className="note login__ended" role="status">
            {t("login.ended")}
          </p>
        )}
        <LoginForm />
      </div>
      <LoginPreferences />
    </main>
  );
}

function LoginForm() {
  const { t } = useTranslation();
  const login = useLogin();
  return (
    <Form<Credentials> layout="vertical" requiredMark={false} onFinish={(values) => login.mutate(values)}>
      <Form.Item name="username" label={t("login.username")} rules={[{ required: true, message: t("login.usernameMissing") }]}>
        <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" />
      </Form.Item>
      <Form.Item name="password" label={t("login.password")} rules={[{ required: true, message: t("login.passwordMissing") }]}>
        <Input.Password autoComplete="current-password" size="large" />
      </Form.Item>
      {login.error !== null && <LoginFailure error={login.error} />}
      <Button type="primary" htmlType="submit" size="large" block loading={login.isPending}>
        {t("login.submit")}
      </Button>
    </Form>
  );
}

function LoginFailure({ error }: { error: Error }) {
  const { t } = useTranslation();
  const failure = error instanceof ApiError ? error : null;
  const wait = failure?.status === 429 ? failure.retryAfterSeconds : null;
  if (wait !== null) return <p className="login__failure" role="alert">{t("login.slowDown", { seconds: wait })}</p>;
  if (failure?.status === 401) return <p className="login__failure" role="alert">{t("login.refused")}</p>;
  return <ErrorNote error={error} />;
}
