/** What is used of nodes7, which brings no types. */
declare module 'nodes7' {
  export default class NodeS7 {
    constructor(options?: { readonly silent?: boolean })
    /** ms until an answer counts as missing. */
    globalTimeout: number
    initiateConnection(
      settings: {
        readonly host: string
        readonly port: number
        readonly rack: number
        readonly slot: number
        readonly timeout?: number
      },
      done: (error?: unknown) => void,
    ): void
    addItems(names: string | readonly string[]): void
    removeItems(names?: string | readonly string[]): void
    readAllItems(done: (bad: boolean | undefined, values: Record<string, unknown>) => void): void
    writeItems(name: string, value: number, done: (bad: boolean | undefined) => void): number
    dropConnection(done: () => void): void
  }
}
