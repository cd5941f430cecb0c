"""The resources of a Redfish service (DMTF DSP0266, schemas DSP8010), each kind in its file."""
