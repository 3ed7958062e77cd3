import { QueryClientProvider } from "@tanstack/react-query";
import { App as AntApp, ConfigProvider } from "antd";
import type { Locale } from "antd/es/locale";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { RouterProvider } from "react-router/dom";
import { ApiContext } from "./api/session";
import { currentLanguage } from "./i18n";
import { router } from "./router";
import { api, live, queries } from "./services";
import { LiveContext } from "./store/hooks";
import { themeOf, useShade } from "./theme";

export function App() {
  const shade = useShade();
  const locale = useAntLocale();
  return (
    <ConfigProvider theme={themeOf(shade)} locale={locale} button={{ autoInsertSpace: false }}>
      <AntApp className="app">
        <QueryClientProvider client={queries}>
          <ApiContext value={api}>
            <LiveContext value={live}>
              <RouterProvider router={router} />
            </LiveContext>
          </ApiContext>
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}

/** Ant Design's own texts; English is built in, others are fetched. */
function useAntLocale(): Locale | undefined {
  const { i18n } = useTranslation();
  const [chinese, setChinese] = useState<Locale>();
  const wanted = currentLanguage() === "zh-CN";
  useEffect(() => {
    if (wanted) void import("antd/es/locale/zh_CN").then((module) => setChinese(module.default));
  }, [wanted, i18n.language]);
  return wanted ? chinese : undefined;
}
