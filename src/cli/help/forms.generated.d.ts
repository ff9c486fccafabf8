import type { CommandForm } from './forms.ts';

/** Every command that is shown, as `load-forms.ts` found it at the build. */
export const FORMS: readonly CommandForm[];
