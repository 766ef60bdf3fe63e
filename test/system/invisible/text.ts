/** What the text of rules does to packets, apart from the names in it. */

/** Statements that stop, delay, move or change a packet; see nft(8), STATEMENTS. */
const acts = [
  /\bdrop\b/,
  /\bqueue\b/,
  /\breject\b/,
  /\b(dnat|snat|nat|masquerade|redirect|tproxy)\b/,
  /\bnotrack\b/,
  /\bsynproxy\b/,
  /\b(dup|fwd)\b/,
  /\bflow add\b/,
  /\b(ether|arp|vlan|ip|ip6|icmp|icmpv6|tcp|udp|sctp|th|exthdr|hbh|rt|frag|dst) [a-z0-9-]+( (ip|ether))? set\b/,
  /@(ll|nh|th|ih),\d+,\d+ set\b/,
  /\bct [a-z]+ set\b/,
  /\bmeta (?!mark\b)[a-z]+ set\b/,
  /\btcp option \S+( \S+)? (set|reset)\b/,
  /\breset tcp option\b/,
] as const

/** Names and texts: what an object is called changes nothing. */
const withoutNames = (text: string): string =>
  text
    .replaceAll(/"[^"]*"/g, '""')
    // ICMP has a type called redirect.
    .replaceAll(/\bicmp(v6)? type (\{[^}]*\}|\S+)/g, 'icmp type')
    .replaceAll(/^\s*add counter .*$/gm, '')
    .replaceAll(/\bcounter [a-z][\w.-]* \{/g, 'counter {')
    .replaceAll(/\b(chain|set|map|goto|jump) [\w.-]+/g, '$1')
    .replaceAll(/@(?!ll,|nh,|th,|ih,)[\w.-]+/g, '@')
    .replaceAll(/\b(add|flush|delete) (chain|rule|element|set|map) (bridge|inet) \S+ \S+/g, '$1 $2')

/** Lines of nft text that do something to a packet other than counting, recording or letting it pass. */
export const actions = (text: string): string[] =>
  withoutNames(text)
    .split('\n')
    .filter((line) => acts.some((act) => act.test(line)))
    .map((line) => line.trim())
