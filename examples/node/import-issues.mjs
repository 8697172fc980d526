// Integration code as an application has it: it knows Nango's client and nothing of nangolite. Whatever changed
// since the last call is applied to `issues`, a Map by id; the cursor to continue from is returned.
export async function importIssues(nango, connectionId, issues, cursor) {
  let page;
  do {
    page = await nango.listRecords({ providerConfigKey: 'tracker', connectionId, model: 'Issue', cursor });
    for (const record of page.records) {
      const { _nango_metadata: metadata, ...issue } = record;
      if (metadata.last_action === 'DELETED') issues.delete(issue.id);
      else issues.set(issue.id, issue);
      cursor = metadata.cursor;
    }
  } while (page.next_cursor !== null);
  return cursor;
}
