export declare function notesOf(changelog: string, version: string): string | undefined;
export declare function cutRelease(changelog: string, version: string, date: string): string;
