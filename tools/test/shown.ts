// Items of the specification that a whole run shows. The list may grow (a run says by what) but not shrink: a change that has to
// take an item out says in its commit why the platform no longer does it.

/** Shown on every machine. */
export const SHOWN: readonly string[] = [
  ...['P.02', 'P.03', 'P.04', 'P.05', 'P.06', 'P.07', 'P.08', 'P.09', 'P.10', 'P.11'],
  ...['P.12', 'P.13', 'P.14', 'P.15', 'P.16', 'P.19', 'P.20', 'P.21', 'P.22', 'P.23'],
  ...['P.24', 'P.25', 'P.26', 'P.27', 'P.28', 'P.29', 'P.30', 'P.31', 'P.32', 'P.33'],
  ...['P.34', 'P.35', 'P.36', 'P.37', 'P.38', 'P.39', 'P.40', 'P.41', 'P.42', 'P.43'],
  ...['P.44', 'P.47', 'P.48', 'P.49', 'P.50', 'P.52', 'M.R4', 'M.R5', 'M.R9'],
]

/** Shown by tests that need a real part (kernel/testing/real.ts): asked for where all parts are required. */
export const NEEDING = {
  chromium: ['P.01', 'P.17', 'P.18', 'P.45', 'P.46', 'P.51'],
  prometheus: [
    ...['M8.01', 'M8.02', 'M8.03', 'M8.04', 'M8.05', 'M8.06', 'M8.07', 'M8.08', 'M.R7', 'M.R8'],
  ],
  openssl: ['M.R6'],
  mongodb: ['M.R1'],
} as const
