/** A small CIB with everything in it that a failover asks for: two nodes, the other one fenced, a clone for DRBD. For rehearsals. */
export const SAMPLE = `<cib have-quorum="1" validate-with="pacemaker-3.9"><configuration><nodes><node id="1" uname="a"/><node id="2" uname="b"/></nodes>
<resources><clone id="c"><primitive id="r" provider="twinpool"><instance_attributes><nvpair name="drbd_resource" value="r"/></instance_attributes>
</primitive></clone></resources><constraints/></configuration><status><node_state id="1" uname="a" in_ccm="true" crmd="online" join="member"/>
<node_state id="2" uname="b" in_ccm="false" crmd="offline" join="down" expected="down"/></status></cib>`;
