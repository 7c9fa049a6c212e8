// Tells a service something. The token is in memory and in the request only.
export default async function ({ url, text = "done" }) {
  const answer = await fetch(`${url}/notify`, {
    method: "POST",
    headers: { authorization: `Bearer ${requireSecret("api_token")}` },
    body: new URLSearchParams({ text }),
  });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  return await answer.json();
}
