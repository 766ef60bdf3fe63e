/** What a persona shows over HTTP. Placeholders as in SNMP. */
export interface HttpProfile {
  /** `Server:` header; none when absent. */
  readonly server?: string
  readonly title: string
  readonly heading: string
  /** `form`: a page with a login form; `basic`: HTTP authentication with that realm. */
  readonly login:
    | { readonly kind: 'form'; readonly action: string; readonly user: string; readonly password: string }
    | { readonly kind: 'basic'; readonly realm: string }
  /** Facts on the first page: label → text. Rows of `process` show moving values. */
  readonly facts: Readonly<Record<string, string>>
  readonly process?: readonly {
    readonly label: string
    readonly point: number
    readonly unit: string
    readonly max: number
  }[]
  /** Paths beside `/` that show the first page, as the device has them. */
  readonly paths?: readonly string[]
  readonly accent?: string
  /** Path of the values of `process` as JSON, which the page reads again every 5 s; `/values.json` when absent. */
  readonly values?: string
  /** With `basic`: paths that ask for it; `/setup` when absent. Where the first page has nothing to show, it asks too. */
  readonly asks?: readonly string[]
  /** What a refused form says; `Invalid user name or password.` when absent. */
  readonly refusal?: string
}
