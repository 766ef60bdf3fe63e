/** Techniques of ATT&CK for ICS (version 19, which put T1692.001 in place of T0855) that findings name. */
export const techniques = {
  T0806: 'Brute Force I/O',
  T0814: 'Denial of Service',
  T0816: 'Device Restart/Shutdown',
  T0819: 'Exploit Public-Facing Application',
  T0822: 'External Remote Services',
  T0830: 'Adversary-in-the-Middle',
  T0836: 'Modify Parameter',
  T0842: 'Network Sniffing',
  T0843: 'Program Download',
  T0845: 'Program Upload',
  T0846: 'Remote System Discovery',
  T0848: 'Rogue Master',
  T0858: 'Change Operating Mode',
  T0859: 'Valid Accounts',
  T0866: 'Exploitation of Remote Services',
  T0867: 'Lateral Tool Transfer',
  T0883: 'Internet Accessible Device',
  T0884: 'Connection Proxy',
  T0886: 'Remote Services',
  T0888: 'Remote System Information Discovery',
  T0889: 'Modify Program',
  'T1692.001': 'Unauthorized Message: Command Message',
} as const
export type Technique = keyof typeof techniques

export const isTechnique = (id: string): id is Technique => Object.hasOwn(techniques, id)

/** `T0846 Remote System Discovery`, or the id alone where it is none of the table. */
export const techniqueText = (id: string): string => (isTechnique(id) ? `${id} ${techniques[id]}` : id)

/** Where MITRE describes it. */
export const techniqueUrl = (id: string): string => `https://attack.mitre.org/techniques/${id.replace('.', '/')}/`
