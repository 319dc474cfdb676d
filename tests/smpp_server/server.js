// An SMSC made of npm's `smpp`: its codec reads what we write and writes what we read.
//
// In:  orders, a JSON object in each line of standard input. Out: events, the same on standard
// output; every text that it took, in the journal, before it is answered. Started by server.py.
"use strict";
const fs = require("fs");
const readline = require("readline");
const smpp = require("smpp");

const [port, journal] = process.argv.slice(2);
const rule = {
  bind_status: 0, // of bind_transceiver
  statuses: [], // of the next texts; then 0
  ids: "decimal", // or hex, padded, none
  hold: false, // answer texts on "release" only
  mute: false, // never answer texts, but take them
  deaf: false, // answer nothing at all, not even enquire_link
  delay_ms: 0,
  receipts: false, // give a receipt for every text
};
const sessions = new Set();
const held = [];
let last = Number(process.env.SMPP_FIRST_ID || 0);
let waiting = 0;
let most_waiting = 0;

const say = (event) => process.stdout.write(JSON.stringify(event) + "\n");
const hex = (value) => (Buffer.isBuffer(value) ? value.toString("hex") : value);

function words(pdu) {
  const content = pdu.short_message || {};
  const payload = pdu.message_payload;
  return {
    text: payload ? payload.message : content.message,
    udh: (content.udh || []).map(hex),
    octets: pdu.command_length,
  };
}

function newId() {
  last += 1;
  if (rule.ids === "none") return "";
  if (rule.ids === "hex") return last.toString(16).toUpperCase();
  return rule.ids === "padded" ? String(last).padStart(10, "0") : String(last);
}

function receipt(session, pdu, id) {
  session.deliver_sm({
    source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr,
    destination_addr: pdu.source_addr, esm_class: 4,
    short_message: Buffer.from(`id:${id} sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:`),
  });
}

function submitted(session, pdu) {
  waiting += 1;
  most_waiting = Math.max(most_waiting, waiting);
  const status = rule.statuses.length ? rule.statuses.shift() : 0;
  const id = status ? "" : newId();
  if (!status)
    fs.appendFileSync(journal, JSON.stringify({
      id, ...words(pdu), source: [pdu.source_addr_ton, pdu.source_addr_npi, pdu.source_addr],
      destination: [pdu.dest_addr_ton, pdu.dest_addr_npi, pdu.destination_addr],
      esm_class: pdu.esm_class, data_coding: pdu.data_coding, sequence: pdu.sequence_number,
      registered_delivery: pdu.registered_delivery,
      sar: [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum],
    }) + "\n");
  if (rule.mute) return;
  const answer = () => {
    waiting -= 1;
    session.send(pdu.response(status ? { command_status: status } : { message_id: id }));
    if (rule.receipts && !status) receipt(session, pdu, id);
  };
  if (rule.hold) held.push(answer);
  else if (rule.delay_ms) setTimeout(answer, rule.delay_ms);
  else answer();
}

const tls = process.env.SMPP_TLS_KEY
  ? { key: fs.readFileSync(process.env.SMPP_TLS_KEY), cert: fs.readFileSync(process.env.SMPP_TLS_CERT) }
  : {};
const server = smpp.createServer(tls, (session) => {
  sessions.add(session);
  say({ event: "connected" });
  session.on("close", () => { sessions.delete(session); say({ event: "closed" }); });
  session.on("error", (fault) => say({ event: "error", fault: String(fault) }));
  session.on("bind_transceiver", (pdu) => {
    say({ event: "bind", system_id: pdu.system_id, password: pdu.password, version: pdu.interface_version });
    session.send(pdu.response(rule.bind_status ? { command_status: rule.bind_status } : { system_id: "SMSC" }));
  });
  session.on("submit_sm", (pdu) => { if (!rule.deaf) submitted(session, pdu); });
  session.on("enquire_link", (pdu) => { if (!rule.deaf) session.send(pdu.response()); });
  session.on("enquire_link_resp", () => say({ event: "enquire_link_resp" }));
  session.on("generic_nack", (pdu) => say({ event: "generic_nack", status: pdu.command_status, sequence: pdu.sequence_number }));
  session.on("unbind", (pdu) => { say({ event: "unbind" }); session.send(pdu.response()); });
  session.on("unbind_resp", () => { say({ event: "unbind_resp" }); orders.release({}); session.close(); });
});

const orders = {
  rule: (order) => { Object.assign(rule, order.rule); say({ event: "ruled" }); },
  release: (order) => held.splice(0, order.count || held.length).forEach((answer) => answer()),
  // Fields as npm's `smpp` names them; those ending in _hex are octets.
  deliver: (order) => {
    const fields = {};
    for (const [name, value] of Object.entries(order.fields))
      if (name.endsWith("_hex")) fields[name.slice(0, -4)] = Buffer.from(value, "hex");
      else fields[name] = value;
    for (const session of sessions)
      session.deliver_sm(fields, (answer) =>
        say({ event: "delivered", tag: order.tag, status: answer.command_status, command: answer.command }));
  },
  enquire: () => sessions.forEach((session) => session.enquire_link()),
  raw: (order) => sessions.forEach((session) => session.socket.write(Buffer.from(order.hex, "hex"))),
  unbind: () => sessions.forEach((session) => session.unbind()),
  drop: () => sessions.forEach((session) => session.destroy()),
  count: () => say({ event: "count", waiting, most_waiting, sessions: sessions.size }),
};
readline.createInterface({ input: process.stdin })
  .on("line", (line) => { const order = JSON.parse(line); orders[order.do](order); })
  .on("close", () => process.exit(0));
server.listen(Number(port), "127.0.0.1", () => say({ event: "listening" }));
