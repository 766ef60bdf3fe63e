import { readFileSync } from 'node:fs'
import { ruleset } from '#policy/nft/ruleset.ts'
const src = readFileSync(new URL('./invisible-rules.test.ts', import.meta.url),'utf8')
void src
export const depth = (text: string) => {
  const chains = new Map<string,string[]>()
  const edge = (chain: string, rule: string) => { const list = chains.get(chain) ?? []; chains.set(chain, list); for (const m of rule.matchAll(/(?:goto|jump) ([\w-]+)/g)) list.push(m[1]!) ; for (const m of rule.matchAll(/vmap @([\w-]+)/g)) list.push('@'+m[1]!)}
  let cur = ''
  for (const line of text.split('\n')) {
    const c = /^\s*chain ([\w-]+) \{/.exec(line); if (c) { cur = c[1]!; continue }
    if (/^\s*\}/.test(line)) { cur=''; continue }
    const a = /^add rule \w+ \w+ ([\w-]+) (.*)/.exec(line); if (a) edge(a[1]!, a[2]!)
    else if (cur) edge(cur, line)
    const e = /^add element \w+ \w+ ([\w-]+) \{(.*)/.exec(line); if (e && /goto|jump/.test(line)) edge('@'+e[1]!, e[2]!)
  }
  const memo = new Map<string,string[]>()
  const longest = (c: string): string[] => { const k = memo.get(c); if (k) return k; let best: string[] = []; for (const n of chains.get(c) ?? []) { const l = longest(n); if (l.length > best.length) best = l } ; const r = c.startsWith('@') ? best : [c, ...best]; memo.set(c, r); return r }
  return longest('forward')
}
