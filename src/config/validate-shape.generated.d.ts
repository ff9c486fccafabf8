/** One finding of the compiled schema: ajv's error object, without its text. */
export interface ShapeError {
  /** JSON pointer into the value. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: {
    readonly additionalProperty?: string;
    readonly allowedValues?: readonly unknown[];
    readonly missingProperty?: string;
    readonly type?: string | readonly string[];
    readonly limit?: number;
  };
}

/** True when the value has the shape of a declaration; otherwise `errors` holds all findings. */
export const validateShape: {
  (value: unknown): boolean;
  errors: readonly ShapeError[] | null;
};

/** Where in a declaration (`/providers/*`: `*` for any key or item) → the keys that are allowed there. */
export const KNOWN_KEYS: Readonly<Record<string, readonly string[]>>;
