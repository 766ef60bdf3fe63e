import type { Register } from './command.ts'

/**
 * The command groups in the order of --help. A group's file is loaded only when it is used, so that `--help` and completion
 * at a prompt stay instant.
 */
export const groups = {
  policy: {
    summary: 'write, check, test and explain a site policy',
    load: async () => (await import('./policy.ts')).register,
  },
  protocols: {
    summary: 'show the protocols, their commands and what a rule can narrow',
    load: async () => (await import('./protocols.ts')).register,
  },
  inspect: {
    summary: 'judge every command in a capture as an edge would, or just show them',
    load: async () => (await import('./inspect.ts')).register,
  },
  discover: {
    summary: 'learn who speaks with whom, and asks what of whom, from captures or a mirror port',
    load: async () => (await import('./discover.ts')).register,
  },
  assets: {
    summary: 'the devices that were discovered: list them, say what you know',
    load: async () => (await import('./assets.ts')).register,
  },
  propose: {
    summary: 'propose a site policy from what was discovered',
    load: async () => (await import('./propose.ts')).register,
  },
  simulate: {
    summary: 'say what a policy would deny of recorded traffic, before it is enforced',
    load: async () => (await import('./simulate.ts')).register,
  },
  assess: {
    summary: 'exposure and risk of a discovered plant, ranked, each with its evidence and next step',
    load: async () => (await import('./assess.ts')).register,
  },
  report: {
    summary: 'write what was discovered as one HTML page: map, inventory, findings, policy, a page for each reader',
    load: async () => (await import('./report.ts')).register,
  },
  advisories: {
    summary: 'the index of security advisories that an assessment matches devices against',
    load: async () => (await import('./advisories.ts')).register,
  },
  edge: {
    summary: 'run an edge, and look at and steer a running one',
    load: async () => (await import('./edge.ts')).register,
  },
  decoys: {
    summary: 'plan decoys, and look at those of a running edge',
    load: async () => (await import('./decoys.ts')).register,
  },
  audit: {
    summary: 'search and verify the record of what the edge did',
    load: async () => (await import('./audit.ts')).register,
  },
  sites: {
    summary: 'the sites of a manager',
    load: async () => (await import('./sites.ts')).register,
  },
  edges: {
    summary: 'the edges of a manager: make, enrol, look at and revoke them',
    load: async () => (await import('./edges.ts')).register,
  },
  manager: {
    summary: 'run the centre of several edges, and look after it',
    load: async () => (await import('./manager.ts')).register,
  },
  orders: {
    summary: 'contain sources at many edges, and decide what waits for a person',
    load: async () => (await import('./orders.ts')).register,
  },
  permits: {
    summary: 'let somebody use a service of a site for a while',
    load: async () => (await import('./permits.ts')).register,
  },
  events: {
    summary: 'search, follow and export what the edges of a manager sent',
    load: async () => (await import('./events.ts')).register,
  },
  reports: {
    summary: 'noise, firewall load and the ledger of conduits, over all edges',
    load: async () => (await import('./reports.ts')).register,
  },
  exchange: {
    summary: 'events and lists that the manager gives to other tools, and takes',
    load: async () => (await import('./exchange.ts')).register,
  },
  risk: {
    summary: 'risk of sources, and the evidence for it',
    load: async () => (await import('./risk.ts')).register,
  },
  lab: {
    summary: 'a plant in private network namespaces, to see it work',
    load: async () => (await import('./lab.ts')).register,
  },
} as const satisfies Record<string, { summary: string; load: () => Promise<Register> }>
export type GroupName = keyof typeof groups

export const isGroup = (name: string): name is GroupName => Object.hasOwn(groups, name)
export const groupNames: readonly GroupName[] = Object.keys(groups).filter(isGroup)
